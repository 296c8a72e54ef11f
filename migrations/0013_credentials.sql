-- Keys and tokens that people make, roll and revoke themselves (A3–A5).

-- Who made it, as the audit log calls them; without foreign keys, since a session is no credential of this table. What a rolled one was replaced by.
alter table platform.credentials
    add column created_by_kind text
        check (created_by_kind in ('platform_key', 'merchant_key', 'personal_access_token', 'session', 'platform_admin', 'anonymous', 'system')),
    add column created_by_credential uuid,
    add column created_by_person uuid,
    add column replaced_by uuid constraint credentials_replaced_by_fkey references platform.credentials (id);

-- Lists, newest first, of each kind of owner.
create index credentials_of_merchant on platform.credentials (merchant_id, id) where merchant_id is not null;
create index credentials_of_person on platform.credentials (person_id, id) where person_id is not null;
create index credentials_of_platform on platform.credentials (id) where kind = 'platform_key';
create index credentials_replaced_by on platform.credentials (replaced_by) where replaced_by is not null;
drop index platform.credentials_merchant;
drop index platform.credentials_person;

-- A rotation of the key-encryption key wraps the data keys anew.
grant update (wrapped_key) on platform.merchant_data_keys to maitre_platform;
