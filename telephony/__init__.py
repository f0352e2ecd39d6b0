"""Calls: how they come in, who talks with whom, and nothing that drops them. One room a process, two for the rules."""
