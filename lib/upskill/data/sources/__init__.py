"""Importers: other systems' records turned into the tables of the contract."""
