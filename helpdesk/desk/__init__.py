"""How staff work a queue all day: saved views, acts on many, macros, drafts, tags, time, watchers, timelines."""
