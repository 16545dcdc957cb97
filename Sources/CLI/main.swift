print("peftsearch")
