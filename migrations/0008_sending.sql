-- The decision before each send, in one statement: everything that must hold at that moment is read and the message is marked under row locks, so that
-- two workers cannot both call the provider for it.

create index messages_unconfirmed on app.messages (merchant_id, conversation_id, sending_at) where status = 'unconfirmed';

-- Decides what to do with a queued message and marks it. `decision` is one of
--   send         marked `sending`; call the provider with what the row says, then record the answer
--   wait         not yet: wait_for says how long (pace of the number or the pair, a stopped channel, an unconfirmed predecessor)
--   unconfirmed  a worker died between the call and its answer: marked so, never sent again by us
--   failed       refused by a rule: marked failed with error_code
--   cancelled    a person took over before the bot's reply went out
--   skip         nothing to do: sent, settled or not there
-- Pace is GCRA: paced_until and pair_until are theoretical arrival times. The pair limit of WhatsApp is a message each 6 s with a burst of 45.
create function app.begin_sending(_message uuid, _pair_interval interval default '6 seconds', _pair_burst integer default 45)
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
    select max(m.sending_at) into _blocked from app.messages m
    where m.merchant_id = _merchant and m.conversation_id = _m.conversation_id and m.status = 'unconfirmed' and m.sending_at > _now - interval '30 seconds';
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
        wait_for := interval '60 seconds';
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
grant execute on function app.begin_sending to maitre_tenant;
grant execute on function app.required_merchant to maitre_tenant, maitre_platform;
