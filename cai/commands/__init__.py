"""What each command does. Every function takes the parsed arguments and returns an exit code."""
