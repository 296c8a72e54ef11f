-- Messages that are sent again by hand, and one order of statuses for whoever asks.

-- What an outbound message can be, in the order in which news moves it: never back (B6). `failed` stands above `sent` and below `delivered`: it ends a
-- message on its way and never undoes what reached the customer, so every order of the same news ends the same.
create or replace function app.status_rank(_status text) returns smallint language sql immutable parallel safe
    return case _status
        when 'queued' then 0 when 'sending' then 1 when 'unconfirmed' then 2 when 'sent' then 3 when 'failed' then 4
        when 'delivered' then 5 when 'read' then 6 when 'played' then 7 else 9 end::smallint;

-- Ties a failed message to the one that is sent in its place. Raises, so that the segment which stores that one fails with it, when the message has not
-- failed or has one already: two people who press the same button send once.
create function app.note_resend(_message uuid, _other uuid) returns void language plpgsql as $$
begin
    update app.messages m set extra = coalesce(m.extra, '{}') || jsonb_build_object('resentAs', _other)
    where m.merchant_id = app.required_merchant() and m.id = _message and m.direction = 'outbound' and m.status = 'failed'
        and not coalesce(m.extra ? 'resentAs', false);
    if not found then
        raise exception 'this message cannot be sent again' using errcode = 'MT003';
    end if;
end $$;
grant execute on function app.note_resend to maitre_tenant;
