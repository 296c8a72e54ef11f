-- Webhooks that were signed beforehand; no message twice in a run. Arguments: a file of whole requests of the same length, that length, how many there
-- are, how many threads share them, and the rate in requests a second or 0 for as many as possible.
-- With a rate, each thread follows a timetable whatever the answers do; how late its requests left says whether the load was what it should have been.
local ffi = require("ffi")
ffi.cdef [[
    typedef struct { long sec; long nsec; } bench_timespec;
    int clock_gettime(int clock, bench_timespec *time);
]]

local now = ffi.new("bench_timespec")
local threads = {}

local function seconds()
    ffi.C.clock_gettime(1, now)
    return tonumber(now.sec) + tonumber(now.nsec) * 1e-9
end

function setup(thread)
    thread:set("index", #threads)
    threads[#threads + 1] = thread
end

function init(args)
    length = tonumber(args[2])
    local share = math.floor(tonumber(args[3]) / tonumber(args[4]))
    left, sent, late, latest = share, 0, 0, 0
    file = assert(io.open(args[1], "rb"))
    file:setvbuf("full", length * 32)
    file:seek("set", index * share * length)
    local rate = tonumber(args[5]) / tonumber(args[4])
    if rate > 0 then
        step = 1 / rate
        planned, due = nil, nil
        delay = function()
            if not planned then
                -- wrk asks for one request before it starts; the timetable begins now.
                planned, due = seconds(), nil
            end
            planned = planned + step
            return math.max(0, math.floor((planned - seconds()) * 1000 + 0.5))
        end
    end
end

function request()
    if left == 0 then
        wrk.thread:stop()
        file:seek("cur", -length)
        return file:read(length)
    end
    left = left - 1
    sent = sent + 1
    if step then
        due = (due or seconds()) + step
        local behind = seconds() - due
        if behind > 0.005 then late = late + 1 end
        if behind > latest then latest = behind end
    end
    return file:read(length)
end

function done(summary, latency, requests)
    local left, sent, late, latest = false, 0, 0, 0
    for _, thread in ipairs(threads) do
        left = left or thread:get("left") == 0
        sent = sent + thread:get("sent")
        late = late + thread:get("late")
        latest = math.max(latest, thread:get("latest"))
    end
    io.write(string.format("generator: sent %d, late %d, latest %.1f ms%s\n", sent, late, latest * 1000, left and ", ran out" or ""))
end
