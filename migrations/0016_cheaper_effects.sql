-- The same effects for less.

-- The same identifiers (RFC 9562, 6.2, method 3: milliseconds, then a fraction of one in twelve bits) from one expression, which PostgreSQL puts in the place
-- of the call: 3 µs instead of 14, which were half the cost of a row that carries one. A double holds microseconds exactly for the next two centuries.
create or replace function app.uuid_v7() returns uuid language sql volatile parallel safe
    return (overlay(lpad(to_hex((date_part('epoch', clock_timestamp()) * 1000000)::bigint * 512 / 125), 15, '0') placing '7' from 13 for 0)
        || right(gen_random_uuid()::text, 17))::uuid;

-- As in migration 0014, with A1 in it: nothing goes out in the name of a restaurant that is suspended or closed. As a statement of its own that was an update of
-- messages for every send, planned anew each time (0.37 ms of the 10 that a turn takes), which nearly never found anything. `decision` is one of
--   send         marked `sending`; call the provider with what the row says, then record the answer
--   wait         not yet: wait_for says how long (pace of the number, the pair or the bot, a stopped channel, an unconfirmed predecessor)
--   unconfirmed  a worker died between the call and its answer: marked so, never sent again by us
--   failed       refused by a rule: marked failed with error_code
--   cancelled    a person took over before the bot's reply went out
--   skip         nothing to do: sent, settled or not there
-- Pace is GCRA: paced_until and pair_until are theoretical arrival times. The pair limit of WhatsApp is a message each 6 s with a burst of 45.
create or replace function app.begin_sending(_message uuid, _pair_interval interval default '6 seconds', _pair_burst integer default 45)
returns table (
    decision text, wait_for interval, error_code text, conversation_id uuid, channel_id uuid, sender text, type text, content jsonb,
    quoted_provider_message_id text, provider text, provider_number_id text, access_token_sealed bytea, wa_id text, user_id text, group_id text)
language plpgsql as $$
#variable_conflict use_column
declare
    _merchant uuid := app.required_merchant();
    _now timestamptz := clock_timestamp();
    _m app.messages;
    _c app.conversations;
    _ch app.channels;
    _contact app.contacts;
    _blocked timestamptz;
    _status text;
begin
    select * into _m from app.messages m where m.merchant_id = _merchant and m.id = _message for update;
    if not found or _m.status not in ('queued', 'sending', 'unconfirmed', 'failed', 'cancelled') then
        decision := 'skip';
        return next;
        return;
    end if;
    conversation_id := _m.conversation_id;
    channel_id := _m.channel_id;
    sender := _m.sender;
    if _m.status in ('unconfirmed', 'failed', 'cancelled') then
        -- Decided by an earlier attempt of this job that ended before it could tell: the same decision again, so that its consequences follow.
        decision := _m.status;
        error_code := _m.error_code;
        return next;
        return;
    end if;
    if _m.status = 'sending' then
        update app.messages m set status = 'unconfirmed' where m.merchant_id = _merchant and m.id = _message;
        decision := 'unconfirmed';
        return next;
        return;
    end if;
    select p.status into strict _status from platform.merchants p where p.id = _merchant;
    if _status <> 'active' then
        decision := 'failed';
        error_code := 'merchant_' || _status;
        update app.messages m set status = 'failed', failed_at = _now, error_code = 'merchant_' || _status,
            error_detail = 'The restaurant was ' || _status || ' when this was to be sent.'
        where m.merchant_id = _merchant and m.id = _message;
        return next;
        return;
    end if;
    select * into _c from app.conversations c where c.merchant_id = _merchant and c.id = _m.conversation_id for update;
    if _m.sender = 'bot' and _c.mode <> 'bot' then
        update app.messages m set status = 'cancelled' where m.merchant_id = _merchant and m.id = _message;
        decision := 'cancelled';
        return next;
        return;
    end if;
    -- C7: outside 24 hours after the customer's last message only templates may go out; Meta would answer 131047.
    if _m.type <> 'template' and (_c.last_inbound_at is null or _c.last_inbound_at < _now - interval '24 hours') then
        update app.messages m set status = 'failed', failed_at = _now, error_code = 'service_window_closed',
            error_detail = 'The 24-hour service window of this conversation is closed; only a template may open it again.'
        where m.merchant_id = _merchant and m.id = _message;
        decision := 'failed';
        error_code := 'service_window_closed';
        return next;
        return;
    end if;
    -- The messages just before it are enough: whatever is older was settled, or 30 seconds ago.
    select max(m.sending_at) into _blocked from app.messages m
    where m.merchant_id = _merchant and m.conversation_id = _m.conversation_id and m.sequence < _m.sequence and m.sequence >= _m.sequence - 50
        and m.status = 'unconfirmed' and m.sending_at > _now - interval '30 seconds';
    if _blocked is not null then
        decision := 'wait';
        wait_for := least(_blocked + interval '30 seconds' - _now, interval '1 second');
        return next;
        return;
    end if;
    if _c.pair_until - _pair_interval * (_pair_burst - 1) > _now then
        decision := 'wait';
        wait_for := _c.pair_until - _pair_interval * (_pair_burst - 1) - _now;
        return next;
        return;
    end if;
    select * into _ch from app.channels ch where ch.merchant_id = _merchant and ch.id = _m.channel_id for no key update;
    if _ch.status = 'stopped' then
        decision := 'wait';
        wait_for := interval '15 seconds';
        return next;
        return;
    end if;
    -- A tenth of a second of the number's rate may go at once.
    if _ch.paced_until > _now + interval '100 milliseconds' then
        decision := 'wait';
        wait_for := _ch.paced_until - _now - interval '50 milliseconds';
        return next;
        return;
    end if;
    -- Last, for what is taken of the minute stays taken. What a key sends was charged when it was accepted, people have no such limit.
    if _m.sender = 'bot' then
        wait_for := app.take_minute(_ch.bot_id);
        if wait_for is not null then
            decision := 'wait';
            wait_for := least(wait_for, interval '15 seconds');
            return next;
            return;
        end if;
    end if;
    update app.messages m set status = 'sending', sending_at = _now where m.merchant_id = _merchant and m.id = _message;
    update app.conversations c set pair_until = greatest(c.pair_until, _now) + _pair_interval where c.merchant_id = _merchant and c.id = _c.id;
    update app.channels ch set paced_until = greatest(ch.paced_until, _now) + interval '1 second' / ch.messages_per_second
    where ch.merchant_id = _merchant and ch.id = _ch.id;
    select * into _contact from app.contacts k where k.merchant_id = _merchant and k.id = _c.contact_id;
    decision := 'send';
    type := _m.type;
    content := _m.content;
    quoted_provider_message_id := _m.quoted_provider_message_id;
    provider := _ch.provider;
    provider_number_id := _ch.provider_number_id;
    access_token_sealed := _ch.access_token_sealed;
    wa_id := _contact.wa_id;
    user_id := _contact.user_id;
    group_id := _c.group_id;
    return next;
end $$;
alter function app.begin_sending(uuid, interval, integer) set plan_cache_mode = force_generic_plan;
