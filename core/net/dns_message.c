#include "dns_message.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
    HEADER_SIZE = 12,
    MOST_POINTERS = 64,
    MOST_ALIASES = 16,
    LONGEST_LABEL = 63,
    ESCAPE_SIZE = 5, /* of one byte, with the NUL */
    WIRE_NAME = 255
};

static unsigned message_number(bight_view message, size_t at)
{
    return (unsigned)message.data[at] << 8 | message.data[at + 1];
}

static uint32_t message_long(bight_view message, size_t at)
{
    return (uint32_t)message_number(message, at) << 16 | message_number(message, at + 2);
}

/* -- Names -- */

static size_t label_put(const uint8_t *label, size_t size, char *to)
{
    size_t put = 0;

    for (size_t i = 0; i < size; i++) {
        uint8_t byte = label[i];

        if (byte <= ' ' || byte > '~')
            put += (size_t)snprintf(to + put, ESCAPE_SIZE, "\\%03u", (unsigned)byte);
        else if (byte == '.' || byte == '\\')
            put += (size_t)snprintf(to + put, ESCAPE_SIZE, "\\%c", byte);
        else
            to[put++] = (char)byte;
    }
    return put;
}

/* A name on its way into a text. */
typedef struct name_reading {
    size_t at;       /* the next label */
    size_t end;      /* behind the name; 0 before a pointer was followed */
    size_t size;     /* of the labels so far, as they are sent */
    size_t put;      /* length of the text */
    unsigned jumped; /* how many pointers were followed */
} name_reading;

/* Follow pointers until a label. False if they lead nowhere. */
static bool name_follow(bight_view message, name_reading *self)
{
    while (self->at < message.size && (message.data[self->at] & 0xc0) == 0xc0) {
        if (self->at + 1 >= message.size || ++self->jumped > MOST_POINTERS)
            return false;
        if (self->end == 0)
            self->end = self->at + 2;
        self->at = message_number(message, self->at) & 0x3fff;
    }
    return self->at < message.size && message.data[self->at] <= LONGEST_LABEL;
}

bool bighti_dns_name(bight_view message, size_t *at, char text[BIGHTI_DNS_TEXT_SIZE])
{
    name_reading self = {.at = *at};
    size_t size;

    for (;;) {
        if (!name_follow(message, &self))
            return false;
        size = message.data[self.at];
        self.size += size + 1;
        if (self.size > WIRE_NAME || self.at + 1 + size > message.size)
            return false;
        if (size == 0)
            break;
        if (self.put > 0)
            text[self.put++] = '.';
        self.put += label_put(message.data + self.at + 1, size, text + self.put);
        self.at += size + 1;
    }
    text[self.put] = '\0';
    *at = self.end != 0 ? self.end : self.at + 1;
    return true;
}

/* -- Records -- */

typedef struct dns_record {
    char owner[BIGHTI_DNS_TEXT_SIZE];
    unsigned type, class_;
    uint32_t ttl;
    size_t at, size; /* of the data */
} dns_record;

/* The record at `*at`, which moves behind it. */
static bool record_take(bight_view message, size_t *at, dns_record *record)
{
    if (!bighti_dns_name(message, at, record->owner) || *at + 10 > message.size)
        return false;
    record->type = message_number(message, *at);
    record->class_ = message_number(message, *at + 2);
    record->ttl = message_long(message, *at + 4);
    record->size = message_number(message, *at + 8);
    record->at = *at + 10;
    *at = record->at + record->size;
    if (record->ttl > INT32_MAX)
        record->ttl = 0; /* RFC 2181, section 8 */
    return *at <= message.size;
}

/* A message, where its answers begin, and the name whose records are looked for. */
typedef struct dns_reading {
    bight_view message;
    size_t answers;
    char name[BIGHTI_DNS_TEXT_SIZE];
    dns_record record;
    uint32_t lifetime;
} dns_reading;

static bool dns_is_wanted(const dns_reading *self, unsigned type)
{
    return self->record.type == type && self->record.class_ == 1 &&
           strcasecmp(self->record.owner, self->name) == 0;
}

static void dns_note_lifetime(dns_reading *self, uint32_t ttl)
{
    if (ttl < self->lifetime)
        self->lifetime = ttl;
}

static bool dns_read_question(dns_reading *self)
{
    self->answers = HEADER_SIZE;
    if (self->message.size < HEADER_SIZE || message_number(self->message, 4) != 1 ||
        !bighti_dns_name(self->message, &self->answers, self->name))
        return false;
    self->answers += 4;
    return self->answers <= self->message.size;
}

/* Whether there is an alias for the name, which becomes the name; `*fine` is false if the message
 * is malformed. */
static bool dns_follow_alias(dns_reading *self, bool *fine)
{
    unsigned count = message_number(self->message, 6);
    size_t at = self->answers;

    for (unsigned i = 0; i < count; i++) {
        *fine = record_take(self->message, &at, &self->record);
        if (!*fine)
            return false;
        if (!dns_is_wanted(self, BIGHTI_DNS_CNAME))
            continue;
        dns_note_lifetime(self, self->record.ttl);
        at = self->record.at;
        *fine = bighti_dns_name(self->message, &at, self->name);
        return *fine;
    }
    return false;
}

static bool dns_follow_aliases(dns_reading *self)
{
    bool fine = true;

    for (int i = 0; i < MOST_ALIASES; i++)
        if (!dns_follow_alias(self, &fine))
            return fine;
    return false;
}

/* The SOA record of a negative answer: its last number says how long the answer holds. */
static void dns_read_soa(dns_reading *self, size_t at)
{
    unsigned count = message_number(self->message, 8);

    for (unsigned i = 0; i < count; i++) {
        if (!record_take(self->message, &at, &self->record))
            return;
        if (self->record.type != BIGHTI_DNS_SOA || self->record.size < 22)
            continue;
        dns_note_lifetime(self, self->record.ttl);
        dns_note_lifetime(self, message_long(self->message, at - 4));
        return;
    }
}

bool bighti_dns_read(bight_view message, unsigned type, bighti_dns_record_fn fn, void *data,
                     uint32_t *lifetime)
{
    dns_reading self = {.message = message, .lifetime = UINT32_MAX};
    unsigned count, found = 0;
    size_t at;

    if (!dns_read_question(&self) || !dns_follow_aliases(&self))
        return false;
    count = message_number(message, 6);
    at = self.answers;
    for (unsigned i = 0; i < count; i++) {
        if (!record_take(message, &at, &self.record))
            return false;
        if (!dns_is_wanted(&self, type))
            continue;
        dns_note_lifetime(&self, self.record.ttl);
        fn(message, self.record.at, self.record.size, data);
        found++;
    }
    if (found == 0)
        dns_read_soa(&self, at);
    *lifetime = self.lifetime;
    return true;
}
