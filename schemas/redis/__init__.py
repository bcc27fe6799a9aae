"""The live store: which keys there are, what they hold, and the Lua that writes them."""
