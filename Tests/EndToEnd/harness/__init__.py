"""What the tests of the binary stand on: the process, its clients, and services beside it."""
