local q = queue("q", { capacity = 5 }) breaker "hystrix"
