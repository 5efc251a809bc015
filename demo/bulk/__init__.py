"""Rows written as COPY text: the past of the small world, and all of the national one."""
