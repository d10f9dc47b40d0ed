"""Exports of issue trackers: Jira, Linear."""
