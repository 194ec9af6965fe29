"""When mail is opened: sends and their opens from files, by hour of the week on the users' own clocks."""
