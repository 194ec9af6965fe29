"""A small shop with simulated users, played through the real engine on a clock that runs ahead of ours."""
