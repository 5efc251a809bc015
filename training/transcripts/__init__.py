"""Proof of training: what a person has completed, certificates that anybody can check, and lists to take away."""
