"""The models of this machine, without torch until one is opened.

``installed`` finds them and loads each once, ``install`` adds and removes those of the user.
"""
