-- Service times of a given mean (and squared coefficient of variation, where the law has
-- room for one), for the scenarios that try several.
return function(law, mean, scv, a, b)
  if law == "D" then
    return mean
  elseif law == "Exp" then
    return exponential(mean)
  elseif law == "Erlang" then -- a stages
    return gamma { shape = a, scale = mean / a }
  elseif law == "Uniform" then
    return uniform(a, b)
  elseif law == "H2" then -- two exponentials that carry half of the work each
    local p = (1 + math.sqrt((scv - 1) / (scv + 1))) / 2
    return choose { { p, exponential(mean / (2 * p)) },
                    { 1 - p, exponential(mean / (2 * (1 - p))) } }
  end
  assert(law == "lognormal")
  local sigma = math.sqrt(math.log(1 + scv))
  local median = mean * math.exp(-sigma * sigma / 2)
  return lognormal { median = median, p99 = median * math.exp(2.3263478740408408 * sigma) }
end
