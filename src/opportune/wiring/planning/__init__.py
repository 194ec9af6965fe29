"""When a message goes to many users at once: what everybody would choose, and what hours with little room leave."""
