local api = service("api", { excutor = treads(4), handler = { python(2*ms) } })
