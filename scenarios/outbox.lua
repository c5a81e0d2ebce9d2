-- An order is a row in a database, and a message to those who ship. Two systems, and nothing that does both at once: who
-- dies in between has done one of them. An outbox makes the message a row too, in the same transaction, and leaves it to a
-- relay to send what is there and then say that it was sent. It may die in between as well, and sends
-- again: so who reads must know what it has read. Watch the effects. Try --variant "publish first", outbox, "exactly once".
scenario("Outbox", { about = "A row and a message: both, one of them, or one twice.", duration = 130*s, warmup = 0, seeds = 20 })
local way  = knob("way", "publish after", { "publish after", "publish first", "outbox" })
local once = knob("once", false)             -- who ships knows an order by its key

local db, order = store("db", { write = 20*ms }), effect("order")
local tell = { io(20*ms), publish("shipping", { idempotency_key = true }) }  -- to reach the broker takes time too
local api = service("api", { executor = threads(100), handler = ({
  ["publish after"] = { transaction(db, order), tell },
  ["publish first"] = { tell, transaction(db, order) },
  ["outbox"]        = transaction(db, { order, publish("relay", { outbox = true }) }),
})[way] })
local relay = service("relay", { executor = celery { pool = "threads", concurrency = 50, acks_late = true },
  handler = { tell, io(20*ms) } })           -- sends it, then marks the row as sent
service("shipping", { once and idempotency {}, executor = celery { pool = "threads", concurrency = 16, acks_late = true },
  handler = { io(10*ms), effect("shipment", { follows = "order" }) } })
client("buyers", { target = api, timeout(1*s), arrivals = poisson(curve {{ 0, 500 }, { 120*s, 500 }, { 120*s, 0 }}) })
for i = 1, 3 do
  at(i*40*s - 20*s, api:restart())
  at(i*40*s, relay:restart())
end

local function says(claim, which, metric, least, most, because)
  return expect(claim, { variant = which, metric, at_least = least, at_most = most, because = because })
end
-- Of five hundred a second ten are in the same 20 ms each time that somebody is killed, which is three times.
expect("orders are lost where the message comes after", { "shipment.lost", at_least = 12, at_most = 60,
  because = "who dies after the commit has an order that nobody hears of" })
says("and none is invented", nil, "shipment.invented", nil, 0, "the order is there before its message")
says("orders are invented where it comes first", "publish first", "shipment.invented", 12, 60,
  "who dies before the commit has told of an order that never was")
says("and none is lost", "publish first", "shipment.lost", nil, 0, "the message is out before the order")
says("with an outbox none is lost", "outbox", "shipment.lost", nil, 0,
  "the message is in the database as soon as the order is, and the relay sends it again until it is marked")
says("nor invented", "outbox", "shipment.invented", nil, 0, "what is rolled back takes its message along")
says("but some come twice", "outbox", "shipment.duplicates", 12, 60,
  "a relay that dies between sending and marking sends again")
says("who ships by key ships once", "exactly once", "shipment.duplicates", nil, 0, "the same order has the same key")
says("and ships all", "exactly once", "shipment.lost", nil, 0, "delivered at least once, done at most once")
says("a key does not find what was lost", "dual write, by key", "shipment.lost", 12, 60, "it was never sent")
variant("publish first",      { way = "publish first" })
variant("outbox",             { way = "outbox" })
variant("exactly once",       { way = "outbox", once = true })
variant("dual write, by key", { once = true })
