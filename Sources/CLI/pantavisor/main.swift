print("pantavisor")
