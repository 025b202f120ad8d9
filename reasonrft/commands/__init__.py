"""commands: what `rrft` can do: functions whose parameters are options, and which call the library.

They are light to import: what a command needs is imported when it is called.
"""
