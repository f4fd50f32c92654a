# What is used of `socksio` stands in its modules, for a check where it is not installed.
