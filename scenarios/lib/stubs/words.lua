---@meta
-- Every word of the scenario language, for editors that read LuaCATS annotations
-- (lua-language-server); nothing here is run. `convoy help WORD` says the same and more.
-- Times are seconds and sizes bytes: write 20*ms, 5*s, 4*KB.

---@class scenario.Value: number a number that is not known yet: a distribution, a curve, arithmetic on req
---@operator add(number|scenario.Value): scenario.Value
---@operator sub(number|scenario.Value): scenario.Value
---@operator mul(number|scenario.Value): scenario.Value
---@operator div(number|scenario.Value): scenario.Value
---@operator unm: scenario.Value

---@alias scenario.Number number|scenario.Value
---@alias scenario.Duration number|scenario.Value seconds
---@alias scenario.Handler scenario.Step|scenario.Steps|fun(req: scenario.Request): scenario.Steps?
---@alias scenario.Steps scenario.Step|(scenario.Step|false|fun(req: scenario.Request): any)[]
---@alias scenario.Policies scenario.Policy|scenario.Semaphore|false

---@class scenario.Step
---@class scenario.Policy
---@class scenario.Budget
---@alias scenario.BudgetName "tokens"|"grpc"|"brooker"|"aws"|"finagle"|"envoy"|"failure_rate"
--- What breaker returns.
---@class scenario.Breaker: scenario.Policy
local Breaker = {}

--- It refuses all calls, until undone.
function Breaker:force_open() end

--- It lets all calls through and counts nothing, until undone.
function Breaker:disable() end

---@class scenario.Semaphore: scenario.Policy
---@class scenario.Client
---@class scenario.Runtime
---@class scenario.Executor
---@class scenario.Arrivals
---@class scenario.Fault what happens, without a time

--- The request of a running function: what the client's req = {...} gives.
---@class scenario.Request
---@field id integer
---@field [string] number|string

--- The request that will come. In a function it is the argument.
---@class scenario.ComingRequest
---@field [string] scenario.Value
req = {}

--- A task that a running function has made.
---@class scenario.Task
local Task = {}
--- Asks it to stop; it notices where it next waits.
function Task:cancel() end

---@class scenario.Service
---@field [integer] scenario.Service one replica, from 1
local Service = {}
---@param x number x times slower
---@param options? { only?: string } only one route
---@return scenario.Fault
function Service:slow(x, options) end
---@param share number a share of requests, 0 to 1
---@param options? { only?: string } only one route
---@return scenario.Fault
function Service:fail(share, options) end
---@return scenario.Fault
function Service:crash() end

--- A planned stop: nothing new, and it ends when what is inside has, or its grace is over.
---@return scenario.Fault
function Service:stop() end
---@return scenario.Fault
function Service:restart() end
---@return scenario.Fault
function Service:pause() end

--- Its largest process is killed as on a host without memory, and started again by its host.
---@return scenario.Fault
function Service:oom() end

--- There are so many replicas: those that go are stopped, those that come begin anew.
---@param replicas integer
---@return scenario.Fault
function Service:scale(replicas) end

---@class scenario.DeployOptions
---@field max_surge? integer|string # so many replicas more, or a share: "25%"
---@field max_unavailable? integer|string # so many of them missing, or a share: "25%"
---@field min_ready_seconds? number # a new one counts when it has been ready for so long
---@field startup? number # until the process of a new one runs

--- A rolling update: all replicas are replaced, some at a time.
---@param options? scenario.DeployOptions
---@return scenario.Fault
function Service:deploy(options) end

--- It grows, and keeps what it has until its process ends.
---@param rate number bytes a second: 5*MB
---@return scenario.Fault
function Service:leak(rate) end

--- Of a store: it is away until another is in its place.
---@return scenario.Fault
function Service:failover() end

--- So many requests kill the process that works on them, as often as they are tried, until undone.
---@param n integer
---@param options? { only?: string } only one route
---@return scenario.Fault
function Service:poison(n, options) end

--- Of the hosts that it runs on: other machines have that share of each core's time.
---@param share number 0 to 0.99
---@return scenario.Fault
function Service:steal(share) end
---@param d scenario.Duration adds to all links to it
---@param options? { side?: "both"|"request"|"reply" } only one way
---@return scenario.Fault
function Service:latency(d, options) end
---@param share number of the messages of all links to it
---@param options? { side?: "both"|"request"|"reply" } only one way
---@return scenario.Fault
function Service:drop(share, options) end
--- All links to it get so many bytes a second through, one message after the other.
---@param n number bytes a second: 1*MB
---@param options? { side?: "both"|"request"|"reply" } only one way
---@return scenario.Fault
function Service:bandwidth(n, options) end

--- Nothing gets through to it or back, and nobody is told.
---@param options? { side?: "both"|"request"|"reply" } only one way
---@return scenario.Fault
function Service:partition(options) end

--- Nobody listens there: who comes is told so at once, who is inside stays.
---@return scenario.Fault
function Service:refuse() end

---@class scenario.Host
local Host = {}
--- Other machines have that share of each core's time.
---@param share number 0 to 0.99
---@return scenario.Fault
function Host:steal(share) end

--- Of processes or interpreters.
---@class scenario.Pool
local Pool = {}
---@param options? { workers?: integer } how many die
---@return scenario.Fault
function Pool:crash(options) end

--- What remembers what was loaded.
---@class scenario.Cache
local Cache = {}
---@return scenario.Fault
function Cache:flush() end

---@class scenario.Link
local Link = {}
---@param d scenario.Duration
---@param options? { side?: "both"|"request"|"reply" } only one way
---@return scenario.Fault
function Link:latency(d, options) end
---@param share number
---@param options? { side?: "both"|"request"|"reply" } only one way
---@return scenario.Fault
function Link:drop(share, options) end
---@param n number bytes a second: 1*MB
---@param options? { side?: "both"|"request"|"reply" } only one way
---@return scenario.Fault
function Link:bandwidth(n, options) end
---@param options? { side?: "both"|"request"|"reply" } only one way
---@return scenario.Fault
function Link:partition(options) end
---@return scenario.Fault
function Link:refuse() end

--- of scenario
---@class scenario.ScenarioOptions
---@field about? string # one line
---@field duration? number # 60*s
---@field warmup? number # measuring begins after it: 0; who came before and ends after it has ended, and was not offered
---@field seeds? integer # runs that its expectations speak of: 1
---@field latency? scenario.Duration # of links that are not declared: 0

---@alias scenario.Balance "round_robin"|"random"|"least_requests"|"p2c"|"peak_ewma"|"ring_hash"|scenario.BalanceOptions

--- of balance, behind its name
---@class scenario.BalanceOptions
---@field [1] string # the name
---@field choices? integer # of p2c and peak_ewma, drawn: 2
---@field weights? number[] # one a replica
---@field bias? number # of least_requests and p2c: (load + 1)^bias / weight; 1
---@field refresh? number # how old the loads are that it sees: 0
---@field decay? number # of peak_ewma: 10*s
---@field slow_start? number # until who comes back has all of its weight: 0
---@field min_weight? number # with which it starts: 0.1
---@field key? scenario.Value # of ring_hash: req.user
---@field ring? integer # of ring_hash: points, 1024
---@field bound? number # of ring_hash: times the mean load that a replica may have
---@field panic? number # share in the rotation below which all get requests: 0, with outlier 0.5
---@field outlier? boolean|scenario.OutlierOptions # false

--- of readiness, liveness and startup: Kubernetes'
---@class scenario.Probe
---@field initial_delay_seconds? number # after a start: 0
---@field period_seconds? number # 10
---@field timeout_seconds? number # 1
---@field failure_threshold? integer # in a row: 3
---@field success_threshold? integer # in a row, of readiness: 1
---@field route? string # of the service, or
---@field handler? scenario.Handler # steps of its own; nothing

--- of drain: how a replica is told to stop
---@class scenario.Drain
---@field pre_stop? number # until its process is told, within its grace: 0
---@field endpoint_lag? number # until callers hear that it is out, or in again: 1*s

--- of outlier: Envoy's
---@class scenario.OutlierOptions
---@field consecutive_5xx? integer # 5; 0: not looked at
---@field interval? number # between sweeps: 10*s
---@field base_ejection_time? number # times how often it was ejected: 30*s
---@field max_ejection_time? number # 300*s
---@field max_ejection_percent? number # 10; one can always be ejected, unless it is 0
---@field success_rate_minimum_hosts? integer # 5; 0: rates are not looked at
---@field success_rate_request_volume? integer # 100
---@field success_rate_stdev_factor? integer # thousandths: 1900

--- of service; policies stand in its list part
---@class scenario.ServiceOptions
---@field handler? scenario.Handler|table<string, scenario.Handler> # a step, a list, a function, or routes
---@field executor? scenario.Executor|scenario.Pool # threads(1)
---@field runtime? scenario.Runtime # none: no GIL
---@field replicas? integer # 1
---@field cores? integer # of each: 1
---@field host? scenario.Host # that all share
---@field balance? scenario.Balance # "round_robin"
---@field readiness? boolean|scenario.Probe # who fails it gets no requests: false
---@field liveness? boolean|scenario.Probe # who fails it is restarted: false
---@field startup? boolean|scenario.Probe # holds the others back, who fails it is restarted: false
---@field drain? boolean|scenario.Drain # false: who stops takes nothing more at once
---@field grace? number # until one that is to stop is killed: no end, with probes or drain 30*s
---@field [integer] scenario.Policies # in order; false is nothing

--- of client; policies stand in its list part
---@class scenario.ClientOptions
---@field target? scenario.Service|string # that it calls
---@field route? string # of the target
---@field arrivals? scenario.Arrivals # when requests come
---@field req? table<string, scenario.Number|string|boolean> # fields of each request
---@field cancel? boolean # tells the callee when it gives up
---@field deadline? boolean|scenario.Duration # passes on the time left
---@field idempotency_key? boolean|"request"|"handler"|"attempt"|scenario.Value|(scenario.Value|false)[] # sent along: true is one for each request
---@field [integer] scenario.Policies # in order; false is nothing

--- of host
---@class scenario.HostOptions
---@field cores? integer # 1
---@field slice? number # the scheduler's: 3*ms
---@field switch_cost? number # 5*us
---@field tick? number # of the kernel's clock: 4*ms
---@field memory? number # bytes: no limit
---@field restart? number # until a service that was killed for memory is up again: 1*s
---@field back_off? boolean # and longer and longer, as Kubernetes': false, with probes or drain true

--- of link
---@class scenario.LinkOptions
---@field latency? scenario.Duration # one way
---@field bandwidth? number # bytes a second, each way

--- of cpython
---@class scenario.RuntimeOptions
---@field gil? boolean # a free-threaded build with the GIL on
---@field switch_interval? number # 5*ms
---@field timer_slack? number # a timed wait for the GIL ends this late
---@field wake? number # from a release to the woken waiter's try
---@field wake_short? number # the same of one that has slept for less than 0.2 ms
---@field wake_spread? number # of that time: the 90th percentile over the median
---@field resume? number # from a hand-over to the forced dropper running again
---@field resume_behind? number # chance that the dropper waits for a tick, where others wait
---@field requester_wins? number # chance that who asked for the GIL is woken first
---@field fifo_share? number # of the other wake-ups: the longest waiter, else any
---@field bytecode_factor? number # time of bytecode relative to the script's
---@field native_factor? number # time of native code relative to the script's
---@field sleep_slack? number # time.sleep comes back this late
---@field lock_handoff? number # who waited longer is given a lock; 0: nobody is
---@field thread_start? number # until a new thread runs; whoever starts it waits
---@field executor_round_trip? number # ThreadPoolExecutor: submit one task and wait for it
---@field executor_burst? number # ThreadPoolExecutor: a task of 1000 submitted at once
---@field fork_first? number # first process by fork
---@field fork_start? number # a process by fork, start to join
---@field spawn_first? number # first process by spawn
---@field spawn_start? number # a process by spawn, start to join
---@field forkserver_first? number # first process by forkserver
---@field forkserver_start? number # a process by forkserver, start to join
---@field pool_round_trip? number # ProcessPoolExecutor: submit one small task and wait
---@field pool_burst? number # ProcessPoolExecutor: a task of 500 submitted at once
---@field pickle_bytes? number # bytes a second that are pickled, to memory that is in use
---@field unpickle_bytes? number # bytes a second of pickle.loads
---@field pipe_bytes? number # bytes a second through a pipe, without waiting
---@field fresh_bytes? number # bytes a second of first writing to memory new from the kernel
---@field memory_bytes? number # bytes a second of copying what is in no cache
---@field cache_size? number # bytes of the processor's last cache
---@field interpreter_pool_first? number # InterpreterPoolExecutor: the first task of a worker
---@field loop_iteration? number # one turn of the event loop
---@field task_create? number # create a task and await it
---@field task_switch? number # from one task to the next among 1000
---@field poll_step? number # the loop's timers are rounded up to it
---@field poll_slack? number # asyncio.sleep comes back this late beside the rounding
---@field poll_slack_long? number # the same of a sleep of 10 ms
---@field interpreter_round_trip? number # InterpreterPoolExecutor: submit one task and wait
---@field gc_object? number # full collection, for each live container
---@field gc_live? number # containers alive
---@field gc_every? number # bytecode between two full collections: 0, none
---@field contention? number # without a GIL: waiting for one another's writes, 0
---@field coherence? number # without a GIL: what caches have to agree on, 0
---@field process_memory? number # bytes of a process with its imports
---@field thread_memory? number # bytes of a thread
---@field task_memory? number # bytes of a task of an event loop
---@field interpreter_memory? number # bytes of a subinterpreter
---@field fork_memory? number # bytes of a forked child's own
---@field forkserver_memory? number # bytes of a fork server's child's own
---@field spawn_memory? number # bytes of a spawned child's own

--- of run_in_executor
---@class scenario.SendOptions
---@field bytes? scenario.Number # pickled or copied on the way there: 0
---@field reply_bytes? scenario.Number # on the way back: 0

--- of processes
---@class scenario.ProcessesOptions
---@field start? "fork"|"spawn"|"forkserver" # as the version does
---@field startup? number # of a worker, in place of what its start takes
---@field memory? number # bytes of a worker's program and data: 0
---@field on_crash? "break"|"isolate" # a worker that dies breaks the pool
---@field max_tasks? integer # calls of a worker before another takes its place: no limit

--- of gunicorn
---@class scenario.GunicornOptions
---@field workers? integer # 1
---@field worker_class? "sync"|"gthread"
---@field threads? integer # 1; more make it gthread
---@field timeout? number # a sync worker not heard of for so long is killed: 30*s
---@field graceful_timeout? number # what stop() leaves to those inside: 30*s
---@field max_requests? integer # 0: a worker is never replaced
---@field backlog? integer # 2048
---@field startup? number # of the application in a worker
---@field memory? number # bytes of it

--- of uvicorn
---@class scenario.UvicornOptions
---@field workers? integer # processes with a loop each: 1
---@field backlog? integer # connections before the socket: 2048
---@field limit_concurrency? integer # who comes while so many are there is refused: none
---@field timeout_graceful_shutdown? number # what stop() leaves to those inside: no limit
---@field memory? number # bytes of the application in each process: 0

--- of fastapi
---@class scenario.FastapiOptions
---@field workers? integer # of uvicorn: 1
---@field backlog? integer # of uvicorn: 2048
---@field limit_concurrency? integer # of uvicorn: none
---@field timeout_graceful_shutdown? number # of uvicorn: none
---@field memory? number # of uvicorn and the application, bytes in each process: 14.7*MB
---@field driver? "async"|"blocking"|"threads" # "async"
---@field database? string|scenario.Service # that it queries
---@field queries? integer # of a request: 1
---@field pool? integer # connections of a worker: 10, by "threads" 15
---@field query? number # bytecode of each: 0.1*ms
---@field server? number # bytecode of uvicorn: 0.44*ms
---@field framework? number # bytecode of FastAPI: 0.14*ms
---@field validation? number # bytecode of what comes in: 0.2*ms
---@field response? number # bytecode of what goes out: 0.2*ms
---@field handler? scenario.Handler # after the queries
---@field runtime? scenario.Runtime # cpython "3.11"
---@field replicas? integer # of the service
---@field cores? integer # of the service
---@field host? scenario.Host # of the service
---@field balance? scenario.Balance # of the service
---@field readiness? boolean|scenario.Probe # of the service
---@field liveness? boolean|scenario.Probe # of the service
---@field startup? boolean|scenario.Probe # of the service
---@field drain? boolean|scenario.Drain # of the service
---@field grace? number # of the service
---@field [integer] scenario.Policies # around every request

--- of django
---@class scenario.DjangoOptions
---@field workers? integer # of gunicorn: 1
---@field worker_class? "sync"|"gthread" # of gunicorn
---@field threads? integer # of gunicorn: 1
---@field timeout? number # of gunicorn: 30*s
---@field graceful_timeout? number # of gunicorn: 30*s
---@field max_requests? integer # of gunicorn: 0
---@field backlog? integer # of gunicorn: 2048
---@field startup? number|boolean|scenario.Probe # of the application in a worker; or, of the service, its probe
---@field memory? number # bytes of it: 25.6*MB
---@field database? string|scenario.Service # that it queries
---@field queries? integer # of a request: 1
---@field query? number # bytecode of the ORM for each: 0.28*ms
---@field server? number # bytecode of gunicorn: 0.19*ms
---@field framework? number # bytecode of Django and its middlewares: 0.12*ms
---@field handler? scenario.Handler # after the queries
---@field runtime? scenario.Runtime # cpython "3.11"
---@field replicas? integer # of the service
---@field cores? integer # of the service
---@field host? scenario.Host # of the service
---@field balance? scenario.Balance # of the service
---@field readiness? boolean|scenario.Probe # of the service
---@field liveness? boolean|scenario.Probe # of the service
---@field drain? boolean|scenario.Drain # of the service
---@field grace? number # of the service
---@field [integer] scenario.Policies # around every request

--- of celery
---@class scenario.CeleryOptions
---@field concurrency? integer # a core each
---@field pool? "prefork"|"threads"|"solo"
---@field prefetch_multiplier? integer # messages not acked, times concurrency: 4; 0: no limit
---@field acks_late? boolean # when the task has ended, else when it begins
---@field reject_on_worker_lost? boolean # what a child died with is delivered again
---@field visibility_timeout? number # what is not acked for so long is delivered again: none
---@field task_time_limit? number # a child with a task for longer is killed: none
---@field worker_max_tasks_per_child? integer # none
---@field worker_max_memory_per_child? number # bytes: none
---@field startup? number # of the application in a child
---@field memory? number # bytes of it

--- of subinterpreters
---@class scenario.SubinterpretersOptions
---@field startup? number # of one, in place of interpreter_pool_first

--- of threads
---@class scenario.ThreadsOptions
---@field queue? integer # how many may wait: unlimited
---@field discipline? "fifo"|"lifo"|"priority"|"adaptive_lifo"|"codel" # who is next
---@field max_wait? scenario.Duration|"controlled" # in line
---@field drop_expired? boolean # throws away what nobody waits for
---@field lifo_from? integer # adaptive_lifo: so many in line, and the newest is next: n + 1
---@field target? number # codel, controlled: 5*ms
---@field interval? number # codel, controlled: 100*ms
---@field grows? boolean # a thread is started when none is idle

--- of asyncio
---@class scenario.AsyncioOptions
---@field limit? integer # tasks at once: unlimited
---@field queue? integer # how many may wait before it: unlimited
---@field discipline? "fifo"|"lifo"|"priority"|"adaptive_lifo"|"codel" # who is next
---@field max_wait? scenario.Duration|"controlled" # in line
---@field drop_expired? boolean # throws away what nobody waits for
---@field lifo_from? integer # adaptive_lifo: so many in line, and the newest is next: n + 1
---@field target? number # codel, controlled: 5*ms
---@field interval? number # codel, controlled: 100*ms
---@field threads? integer # of the pool of to_thread: min(32, cores + 4)
---@field probe? number # how often the loop's lag is looked at: 10*ms

--- of native
---@class scenario.NativeOptions
---@field holds_gil? boolean # keeps the GIL

--- of call; policies stand in its list part
---@class scenario.CallOptions
---@field route? string # of the target
---@field bytes? scenario.Number # of the request: 1*KB
---@field cancel? boolean # tells the callee when the caller gives up
---@field deadline? boolean|scenario.Duration # passes on the time left
---@field idempotency_key? boolean|"request"|"handler"|"attempt"|scenario.Value|(scenario.Value|false)[] # sent along: true is one for each request
---@field [integer] scenario.Policies # in order; false is nothing

--- of gather
---@class scenario.GatherOptions
---@field need? integer # on with the first so many

--- of try: what is done after each outcome
---@class scenario.TryOptions
---@field error? scenario.Steps
---@field timeout? scenario.Steps
---@field cancelled? scenario.Steps
---@field rejected? scenario.Steps
---@field lost? scenario.Steps
---@field any? scenario.Steps
---@field finally? scenario.Steps

--- of retry
---@class scenario.RetryOptions
---@field max_attempts? integer # counts the first: 3
---@field base? number # 100*ms; 0: at once
---@field factor? number # 2
---@field cap? number # 10*s
---@field growth? "exponential"|"linear"|"constant"
---@field jitter? true|"full"|"none"|"equal"|"decorrelated"|"additive"|"proportional"|"grpc"|"envoy"|"polly"|"whole_seconds"
---@field spread? number # of "additive"
---@field share? number # of "proportional" and "grpc"
---@field min? number # no wait is shorter
---@field on? ("error"|"timeout"|"rejected"|"lost")[] # outcomes that are tried again
---@field push_back? "obey"|"ignore" # of an answer that says when to come back
---@field budget? scenario.Budget|scenario.BudgetName # what retries are paid from

--- of budget, each of the budgets that are named
---@class scenario.BudgetOptions
---@field size? number # plain, "brooker", "aws": tokens of a full bucket
---@field per_call? number # plain, "brooker": what a first try brings
---@field per_success? number # plain: what a success brings
---@field cost? number # plain, "brooker", "aws": of a retry
---@field timeout_cost? number # "aws": of a retry after a timeout
---@field max_tokens? integer # "grpc": 10
---@field token_ratio? number # "grpc": what a success brings: 0.1
---@field ttl? number # "finagle": 10*s
---@field min_retries_per_sec? integer # "finagle": 10
---@field percent_can_retry? number # "finagle": 0.2
---@field min_retry_concurrency? integer # "envoy": 3
---@field budget_percent? number # "envoy": 20
---@field max_retries? integer # "envoy": in place of these two
---@field share? number # "failure_rate": 0.1

--- of breaker
---@class scenario.BreakerOptions
---@field failure_rate? number # share that opens it
---@field window? integer # calls
---@field time_window? number # in place of it: seconds
---@field min_calls? integer # before them nothing opens
---@field failures? integer # "pybreaker": in a row
---@field open? number # for how long
---@field probes? integer # calls that go out when it is half open
---@field slow? number # what takes longer is slow
---@field slow_rate? number # share that opens it
---@field half_open_for? number # at most
---@field automatic? boolean # half open without a call that asks
---@field snapshot? number # "hystrix": 500*ms
---@field on? ("error"|"timeout"|"rejected"|"lost")[] # outcomes that are failures
---@field status? integer # of a refusal: 503

--- of bulkhead
---@class scenario.BulkheadOptions
---@field limit? integer # of a named one, in place of n
---@field wait? number # how long one waits for a place: 0
---@field queue? integer # how many may wait: unlimited
---@field status? integer # of a refusal: 503
---@field name? string # gives it metrics of its own

--- of connections
---@class scenario.ConnectionsOptions
---@field overflow? integer # opened beyond those that are kept: 0
---@field acquire_timeout? number # how long one waits for a connection: 30*s
---@field idle? number # what nobody used for longer is closed: never
---@field lifo? boolean # the one used last is used next
---@field connect? scenario.Number # how long it takes to open one: 0
---@field status? integer # of a refusal: 503
---@field name? string # gives it metrics of its own
---@field pool_size? integer # "sqlalchemy": 5
---@field max_overflow? integer # "sqlalchemy": 10
---@field timeout? number # "sqlalchemy": 30*s, "httpx": 5*s
---@field use_lifo? boolean # "sqlalchemy"
---@field maximum_pool_size? integer # "hikaricp": 10
---@field connection_timeout? number # "hikaricp": 30*s
---@field max_connections? integer # "httpx": 100
---@field max_keepalive_connections? integer # "httpx": 20
---@field keepalive_expiry? number # "httpx": 5*s

--- of hedge
---@class scenario.HedgeOptions
---@field after? number # without an answer for so long another goes out; 0: all at once
---@field max_attempts? integer # counts the first: 2
---@field tied? boolean # all at once, and the first that a worker begins with cancels the others
---@field on_failure? boolean # another only once one has failed
---@field on? ("error"|"timeout"|"rejected"|"lost")[] # failures that others may make up for
---@field budget? scenario.Budget|scenario.BudgetName # what the additional ones are paid from

--- of cache
---@class scenario.CacheOptions
---@field entries? integer # keys, those being loaded too: no limit
---@field latency? scenario.Duration # of asking it: 0
---@field per_process? boolean # each replica, worker process and client has its own

--- of cached
---@class scenario.CachedOptions
---@field key? scenario.Number # whose value it is; without it there is one for all
---@field ttl? scenario.Duration # how long a value is fresh, of each load afresh: for ever
---@field single_flight? boolean # one loads, the others wait for it

--- of fail
---@class scenario.FailOptions
---@field retry_after? scenario.Number|"never" # the answer says when to come back

--- of concurrency_limit
---@class scenario.ConcurrencyOptions
---@field initial? integer # 20
---@field min? integer # 20, of "vegas" 1
---@field max? integer # 200, of "vegas" 1000
---@field smoothing? number # share of the way that is gone at once: 0.2, of "vegas" 1
---@field backoff? number # "aimd": 0.9
---@field timeout? number # "aimd": longer is a drop: 5*s
---@field queue? integer # "gradient2": may always wait: 4
---@field tolerance? number # "gradient2": so much slower is still usual: 1.5
---@field window? integer # "gradient2": samples of the usual time: 600
---@field probe? integer # "vegas": samples a place until the shortest is taken anew: 30
---@field on? ("error"|"timeout"|"rejected"|"lost")[] # outcomes that are drops
---@field status? integer # of a refusal: 503

--- of shed
---@class scenario.ShedOptions
---@field limit? integer # requests inside a replica
---@field by? scenario.Value # a field with the class: req.criticality
---@field sheddable? number # share that it may fill: 0.5
---@field sheddable_plus? number # 0.7
---@field critical? number # 0.9
---@field critical_plus? number # 1
---@field threshold? number # "utilisation": share of those at work, from which on more is rejected: 0.8
---@field ramp? scenario.Duration # "utilisation": from nobody of a class to all of it: 120*s
---@field of? "workers"|"cores" # "utilisation": who is at work: "workers"
---@field status? integer # of a refusal: 503

--- of throttle
---@class scenario.ThrottleOptions
---@field k? number # the callee sees so many times what it accepts: 2
---@field window? scenario.Duration # 120*s
---@field count? "asked"|"answered" # when a request counts: "asked"
---@field on? ("error"|"timeout"|"rejected"|"lost")[] # outcomes that are no accepts: all of them
---@field status? integer # of a refusal: 503

--- of rate_limit
---@class scenario.LimitOptions
---@field limit? scenario.Number # calls a window: a number or a choice by a field
---@field window? number # 1*s
---@field burst? integer # of the buckets, the queue and gcra: how many at once
---@field per? scenario.Value|(scenario.Value|false)[] # fields, each value with counts of its own
---@field only? string # a route
---@field status? integer # of a refusal: 429
---@field retry_after? number # a refusal says to come back after that
---@field store? scenario.Service|string # where the counts of all lie
---@field atomic? boolean # a script in the store decides
---@field on_store_failure? "open"|"closed" # whether calls pass then: "open"
---@field store_timeout? scenario.Number # of each call of the store: 100*ms

--- of effect
---@class scenario.EffectOptions
---@field per? scenario.Value|(scenario.Value|false)[] # fields: once for each of their values
---@field follows? string # the effect without which it should not be, and with which it should

--- of publish
---@class scenario.PublishOptions
---@field route? string # the service's first
---@field outbox? boolean # a row of the transaction around it: false
---@field idempotency_key? boolean|"request"|"handler"|"attempt"|scenario.Value|(scenario.Value|false)[] # as of call

--- of idempotency
---@class scenario.IdempotencyOptions
---@field store? scenario.Service|string # where the keys are: else in each replica's memory
---@field ttl? number # how long a key is remembered: 24*hour
---@field lease? number # who is at work for longer is thought dead: 60*s
---@field record? "with"|"after"|"before"|"late" # when the answer is written down: "with" the effects
---@field fingerprint? scenario.Number # what is asked for
---@field replay_errors? boolean # true; false: after an error it is done again
---@field required? boolean # without a key: 400
---@field wait? number # ask again so much later in place of 409
---@field only? string # a route
---@field on_store_failure? "open"|"closed" # whether the work is done then: "closed"
---@field store_timeout? scenario.Number # of each call of the store: 100*ms

--- of quota
---@class scenario.QuotaOptions
---@field limit? scenario.Number # calls a window
---@field window? number # 1*day
---@field per? scenario.Value|(scenario.Value|false)[] # fields, each value with an account of its own
---@field name? string # gives it metrics of its own
---@field price? number # of each call: 0
---@field overage? number # of each call beyond the limit, which passes then
---@field only? string # a route
---@field status? integer # of a refusal: 429
---@field retry_after? number # a refusal says to come back after that
---@field store? scenario.Service|string # where the counts of all lie
---@field atomic? boolean # a script in the store decides
---@field on_store_failure? "open"|"closed" # whether calls pass then: "open"
---@field store_timeout? scenario.Number # of each call of the store: 100*ms

--- of store
---@class scenario.StoreOptions
---@field read? scenario.Number # how long a read takes: 0
---@field write? scenario.Number # 0
---@field script? scenario.Number # as long as a write
---@field connections? integer # how many at once: unlimited
---@field queue? integer # how many may wait then: unlimited
---@field failover? number # until another is in its place
---@field lag? number # what was written so long before is not there then: 0

--- of semaphore and lock
---@class scenario.NameOptions
---@field name? string # gives it metrics of its own

--- of expect; its list part is one metric, such as "users.latency.p99"
---@class scenario.ExpectOptions
---@field from? number # warmup
---@field to? number # the end
---@field variant? string # that it speaks of
---@field at_least? number
---@field at_most? number
---@field about? number # with tolerance
---@field tolerance? number
---@field relative_to? string # as a multiple of that variant's
---@field share? number # of the seeds: 1
---@field because? string # why
---@field measure? fun(run: fun(path: string, from?: number, to?: number): number): number # for the rest
---@field [integer] string # in order; false is nothing

--- of knob; its list part are the choices of a text
---@class scenario.KnobOptions
---@field min? number
---@field max? number
---@field unit? string # shown
---@field [integer] string # in order; false is nothing

ns = 1e-9
us = 1e-6
ms = 1e-3
s = 1
minute = 60
hour = 3600
day = 86400
KB = 1e3
MB = 1e6
GB = 1e9

--- Names the scenario and says how long it lasts.
---@param name string
---@param options? scenario.ScenarioOptions
function scenario(name, options) end

--- Something that answers requests.
---@param name string
---@param options scenario.ServiceOptions
---@return scenario.Service
function service(name, options) end

--- Where requests come from.
---@param name string
---@param options scenario.ClientOptions
---@return scenario.Client
function client(name, options) end

--- It happens that knobs are turned while the run goes on.
---@param settings table<string, number|string|boolean>
---@return scenario.Fault
function set(settings) end

--- A machine that services share.
---@param name string
---@param options? scenario.HostOptions
---@return scenario.Host
function host(name, options) end

--- The way from a caller to a service.
---@param from scenario.Client|scenario.Service|string
---@param to scenario.Service|string
---@param options? scenario.LinkOptions
---@return scenario.Link
function link(from, to, options) end

--- What several places read and write.
---@param name string
---@param options? scenario.StoreOptions
---@return scenario.Service
function store(name, options) end

--- The interpreter; t is free-threaded.
---@param version "3.11"|"3.12"|"3.13"|"3.13t"|"3.14"|"3.14t"
---@param options? scenario.RuntimeOptions
---@return scenario.Runtime
function cpython(version, options) end

--- A pool of n threads before which requests wait.
---@param n number
---@param options? scenario.ThreadsOptions
---@return scenario.Executor
function threads(n, options) end

--- A ProcessPoolExecutor of n workers.
---@param n? integer a core each
---@param options? scenario.ProcessesOptions
---@return scenario.Pool
function processes(n, options) end

--- A service's executor: gunicorn.
---@param options? scenario.GunicornOptions
---@return scenario.Pool
function gunicorn(options) end

--- A service's executor: uvicorn.
---@param options? scenario.UvicornOptions
---@return scenario.Executor
function uvicorn(options) end

--- A whole service, for service(): FastAPI on uvicorn.
---@param options scenario.FastapiOptions
---@return scenario.ServiceOptions
function fastapi(options) end

--- A whole service, for service(): Django under gunicorn.
---@param options scenario.DjangoOptions
---@return scenario.ServiceOptions
function django(options) end

--- A service's executor: a Celery worker.
---@param options? scenario.CeleryOptions
---@return scenario.Pool
function celery(options) end

--- An InterpreterPoolExecutor of n threads with an interpreter each.
---@param n? integer min(32, cores + 4)
---@param options? scenario.SubinterpretersOptions
---@return scenario.Pool
function subinterpreters(n, options) end

--- One event loop in one thread; every request is a task of it.
---@param options? scenario.AsyncioOptions
---@return scenario.Executor
function asyncio(options) end

--- Bytecode: needs the GIL and a core.
---@param d scenario.Duration
---@return scenario.Step
function python(d) end

--- Native code: needs a core.
---@param d scenario.Duration
---@param options? scenario.NativeOptions
---@return scenario.Step
function native(d, options) end

--- Waits without the GIL; a task of an event loop awaits.
---@param d scenario.Duration
---@return scenario.Step
function io(d) end

--- time.sleep: waits without the GIL and comes back late by the runtime's sleep_slack;
--- in a task of an event loop asyncio.sleep.
---@param d scenario.Duration
---@return scenario.Step
function sleep(d) end

--- Waits, or does the steps, and keeps the thread, the event loop's too.
---@param d scenario.Duration|scenario.Steps
---@return scenario.Step
function blocking(d) end
--- The steps in a thread of the process' default pool of min(32, cores + 4).
---@param steps scenario.Handler
---@return scenario.Step
function to_thread(steps) end
--- The steps in a worker of a pool; false is the default one.
---@param pool scenario.Executor|scenario.Pool|false
---@param steps scenario.Handler
---@param options? scenario.SendOptions
---@return scenario.Step
function run_in_executor(pool, steps, options) end

--- The request holds n bytes until it ends.
---@param n scenario.Number
---@return scenario.Step
function alloc(n) end
--- The process holds n bytes more until it ends.
---@param n scenario.Number
---@return scenario.Step
function leak(n) end

--- What must happen once for each request: a charge, a message, a row.
---@param name string
---@param options? scenario.EffectOptions
---@return scenario.Step
function effect(name, options) end

--- Sends a message to the broker of a service; nobody waits for it.
---@param service scenario.Service|string
---@param options? scenario.PublishOptions
---@return scenario.Step
function publish(service, options) end

--- All of the steps, with a write to the store that commits them, or nothing.
---@overload fun(steps: scenario.Steps): scenario.Step
---@param store scenario.Service|string
---@param steps scenario.Steps
---@return scenario.Step
function transaction(store, steps) end

--- Sends a request and waits for the answer.
---@param target scenario.Service|string
---@param options? scenario.CallOptions
---@return scenario.Step
function call(target, options) end

---@overload fun(n: integer, step: scenario.Steps, options?: scenario.GatherOptions): scenario.Step
---@param steps scenario.Steps
---@param options? scenario.GatherOptions
---@return scenario.Step
function gather(steps, options) end

--- n times in a row.
---@param n integer
---@param steps scenario.Steps
---@return scenario.Step
function times(n, steps) end

--- The steps inside a policy, a list of policies, a semaphore or a lock.
---@param x scenario.Policies|scenario.Policies[]
---@param steps scenario.Steps
---@return scenario.Step
function with(x, steps) end

--- All at once; the first error cancels the others and is raised when all have ended.
---@param steps scenario.Steps
---@return scenario.Step
function task_group(steps) end

--- A task of the event loop beside this one; in a function it begins at once.
---@param steps scenario.Steps
---@return scenario.Step|scenario.Task
function create_task(steps) end

--- Cancelling the wait for the steps does not cancel the steps.
---@param steps scenario.Steps
---@return scenario.Step
function shield(steps) end

--- Catches how the steps may end.
---@param steps scenario.Steps
---@param options scenario.TryOptions
---@return scenario.Step
function try(steps, options) end

--- Ends the handler with an error.
---@param status? integer 500
---@return scenario.Step
---@param options? scenario.FailOptions
function fail(status, options) end

--- Ends the handler well.
---@param status? integer 200
---@param options? { bytes?: scenario.Number } how large the answer is: 1*KB
---@return scenario.Step
function reply(status, options) end

--- By chance, choose {{weight, x}, ...}, or by a field, choose(req.field, {value = x, other = x}).
---@generic T
---@param field scenario.Value|{ [1]: number, [2]: T }[]
---@param ways? table<string|number, T>
---@return any
function choose(field, ways) end

--- In a function(req): does the step, returns its status, raises its failure.
---@param step scenario.Steps
---@return integer
function await(step) end

--- In a function(req): a number drawn from a distribution.
---@param dist scenario.Value
---@return number
function draw(dist) end

--- In a function(req): the simulated time in seconds.
---@return number
function now() end

--- Ends the waiting after d.
---@param d scenario.Duration
---@return scenario.Policy
function timeout(d) end

--- Tries again.
---@overload fun(options: scenario.RetryOptions): scenario.Policy
---@param scheme "tenacity"|"grpc"|"grpc-legacy"|"envoy"|"resilience4j"|"polly"|"celery"|"aws"
---@param options? scenario.RetryOptions
---@return scenario.Policy
function retry(scheme, options) end

--- What has been asked for with a key is not done again, but answered as before.
---@param options scenario.IdempotencyOptions
---@return scenario.Policy
function idempotency(options) end

--- Refuses calls while too many fail.
---@overload fun(options: scenario.BreakerOptions): scenario.Breaker
---@param scheme "resilience4j"|"hystrix"|"polly"|"pybreaker"
---@param options? scenario.BreakerOptions
---@return scenario.Breaker
function breaker(scheme, options) end

--- At most so many inside; others wait their turn, or are refused.
---@param n integer|"resilience4j"|"polly"|"hystrix"|"envoy"
---@param options? scenario.BulkheadOptions
---@return scenario.Policy
function bulkhead(n, options) end

--- A connection of a pool, for as long as the steps inside take.
---@param n integer|"sqlalchemy"|"hikaricp"|"httpx"
---@param options? scenario.ConnectionsOptions
---@return scenario.Policy
function connections(n, options) end

--- What retries are paid from.
---@overload fun(options: scenario.BudgetOptions): scenario.Budget
---@param name scenario.BudgetName
---@param options? scenario.BudgetOptions
---@return scenario.Budget
function budget(name, options) end

--- Sends the same once more before it has failed.
---@overload fun(options: scenario.HedgeOptions): scenario.Policy
---@param scheme "grpc"|"polly"
---@param options? scenario.HedgeOptions
---@return scenario.Policy
function hedge(scheme, options) end

--- What is done where the steps inside fail.
---@param steps scenario.Steps
---@return scenario.Policy
function fallback(steps) end

--- What remembers what was loaded.
---@param name string
---@param options? scenario.CacheOptions
---@return scenario.Cache
function cache(name, options) end

--- The steps, unless the cache has what they would bring.
---@param cache scenario.Cache|string
---@param steps scenario.Steps
---@param options? scenario.CachedOptions
---@return scenario.Step
function cached(cache, steps, options) end

--- So many at once; others are rejected.
---@overload fun(n: integer, options?: scenario.ConcurrencyOptions): scenario.Policy
---@param name "aimd"|"vegas"|"gradient2"
---@param options? scenario.ConcurrencyOptions
---@return scenario.Policy
function concurrency_limit(name, options) end

--- Turns away what is less critical first.
---@param name "criticality"|"utilisation"
---@param options? scenario.ShedOptions
---@return scenario.Policy
function shed(name, options) end

--- Sends less to who accepts less.
---@param options? scenario.ThrottleOptions
---@return scenario.Policy
function throttle(options) end

--- So many calls in so long; others are rejected.
---@param algorithm "token_bucket"|"leaky_bucket"|"leaky_queue"|"gcra"|"fixed_window"|"sliding_log"|"sliding_counter"
---@param options? scenario.LimitOptions
---@return scenario.Policy
function rate_limit(algorithm, options) end

--- So many calls in so long, with a bill.
---@param options scenario.QuotaOptions
---@return scenario.Policy
function quota(options) end

--- At most n within.
---@param n integer
---@param options? scenario.NameOptions
---@return scenario.Semaphore
function semaphore(n, options) end

--- A semaphore of one.
---@param options? scenario.NameOptions
---@return scenario.Semaphore
function lock(options) end

---@param mean number
---@return scenario.Value
function exponential(mean) end

---@param a number
---@param b number
---@return scenario.Value
function uniform(a, b) end

---@param mean number
---@param sd number
---@return scenario.Value
function normal(mean, sd) end

---@param options { median: number, p99: number }
---@return scenario.Value
function lognormal(options) end

---@param options { shape: number, scale: number }
---@return scenario.Value
function pareto(options) end

---@param options { shape: number, scale: number }
---@return scenario.Value
function gamma(options) end

---@param options { shape: number, scale: number }
---@return scenario.Value
function weibull(options) end

---@param options { n: integer, s: number }
---@return scenario.Value
function zipf(options) end

--- A number over time.
---@param points { [integer]: number[], period?: number } {time, value} each
---@return scenario.Value
function curve(points) end

---@param rate scenario.Number a second
---@return scenario.Arrivals
function poisson(rate) end

---@param rate scenario.Number a second
---@return scenario.Arrivals
function constant(rate) end

---@param d scenario.Duration of each gap
---@return scenario.Arrivals
function renewal(d) end

---@param options { on: number, off: number, rate: scenario.Number }
---@return scenario.Arrivals
function bursty(options) end

---@param n integer
---@param options? { at?: number }
---@return scenario.Arrivals
function burst(n, options) end

---@param n integer
---@param options? { think?: scenario.Duration }
---@return scenario.Arrivals
function closed(n, options) end

---@param file string of times, beside the script
---@return scenario.Arrivals
function replay(file) end

---@param t number
---@param what scenario.Fault
function at(t, what) end

---@param t1 number
---@param t2 number
---@param what scenario.Fault
function between(t1, t2, what) end

---@param d number
---@param what scenario.Fault
function every(d, what) end

--- What a metric is to be for something to happen, once.
---@class scenario.WhenOptions
---@field [1] string # the metric, such as "api.queue.max"
---@field at_least? number
---@field at_most? number
---@field about? number
---@field tolerance? number
---@field over? number # the last so long, in whole seconds: 1*s
---@field from? number # not before
---@field lasts? number # then it is undone

---@param condition scenario.WhenOptions
---@param what scenario.Fault
function when(condition, what) end

---@generic T
---@param name string
---@param default T
---@param options? scenario.KnobOptions
---@return T
function knob(name, default, options) end

---@param name string
---@param settings? table<string, number|boolean|string>
function variant(name, settings) end

---@param claim string
---@param options scenario.ExpectOptions
function expect(claim, options) end

---@param file string beside the script or in the shipped library
---@return any
function include(file) end
