"""Models of when users are active, tried on the later part of what users did; nothing is sent."""
