"""The process: settings, wiring, the one Slack client, courier, metronome, web and command line."""
