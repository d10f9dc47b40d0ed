"""Exports of learning systems: xAPI statements, Coursera, Moodle."""
