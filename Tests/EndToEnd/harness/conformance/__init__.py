"""Transcripts of what a gateway says to its clients and services, and the player that holds it to them."""
