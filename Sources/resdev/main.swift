print("resdev")
