"""Dry steps: each stage's own code at its own sizes, once, in a process of its own.

What is measured is that step; what would fit besides is extrapolated from it (`fitting`).
"""
