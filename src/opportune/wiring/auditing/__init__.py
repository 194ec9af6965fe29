"""The record of an engine counted again: what it sent, held against what it had promised."""
