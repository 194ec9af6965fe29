"""The test kit that playbook authors use, and the simulator."""
