/* The file is kept as it is, with an index of the words in it: a hash table whose entries say where
 * a word is and where its line begins. Block lists make files of several megabytes, so the file is
 * read and indexed in slices that the caller spreads over turns, and an entry has 16 bytes. The
 * address of a line is indexed too, for lookups in the other direction. */
#include "hosts.h"
#include "../base/address.h"
#include "../base/file_state.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SLICE_SIZE = 64 * 1024,
    FEWEST_BUCKETS = 64,
    MOST_BUCKETS = 1 << 20,
    MOST_LINES = 64, /* of one name */
    LONGEST_FILE = 256 * 1024 * 1024
};

typedef struct host_word {
    uint32_t next; /* the next in the bucket, plus 1; 0 at the end */
    uint32_t hash;
    uint32_t at;   /* where the word begins */
    uint32_t line; /* where its line begins; equal to `at` for the address */
} host_word;

struct bighti_hosts {
    const char *path;
    struct stat stat;
    int fd; /* of the file while it is read; -1 */
    uint8_t *text;
    size_t capacity, size, indexed; /* of `text` */
    uint32_t *buckets;
    size_t bucket_count; /* a power of two */
    host_word *words;
    size_t word_count, word_capacity;
    unsigned reads;
};

/* -- Words -- */

static uint8_t lower_of(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + 32) : byte;
}

static uint32_t word_hash(bight_view word)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < word.size; i++)
        hash = (hash ^ lower_of(word.data[i])) * 16777619u;
    return hash ^ hash >> 15;
}

static uint32_t host_address_hash(const bight_address *address)
{
    uint64_t hash = bight_address_hash_host(address, 0);

    return (uint32_t)(hash ^ hash >> 32);
}

static bool hosts_is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\v' || byte == '\f';
}

static bool hosts_ends_line(uint8_t byte)
{
    return byte == '\n' || byte == '#';
}

/* The word at or behind `*at` in the same line, which `*at` moves behind; empty at the line's
 * end. */
static bight_view hosts_take_word(const bighti_hosts *self, size_t *at)
{
    size_t from = *at, to;

    while (from < self->size && hosts_is_blank(self->text[from]))
        from++;
    to = from;
    while (to < self->size && !hosts_is_blank(self->text[to]) && !hosts_ends_line(self->text[to]))
        to++;
    *at = to;
    return (bight_view){self->text + from, to - from};
}

/* -- The index -- */

static bool hosts_reserve(bighti_hosts *self)
{
    size_t capacity = self->word_capacity != 0 ? self->word_capacity * 2 : 256;
    host_word *larger;

    if (self->word_count < self->word_capacity)
        return true;
    larger = realloc(self->words, capacity * sizeof(*larger));
    if (larger == NULL)
        return false;
    self->words = larger;
    self->word_capacity = capacity;
    return true;
}

/* A word for which there is no memory is not found. */
static void hosts_add_word(bighti_hosts *self, uint32_t hash, size_t at, size_t line)
{
    uint32_t *bucket = &self->buckets[hash & (self->bucket_count - 1)];

    if (!hosts_reserve(self))
        return;
    self->words[self->word_count++] = (host_word){*bucket, hash, (uint32_t)at, (uint32_t)line};
    *bucket = (uint32_t)self->word_count;
}

static void hosts_index_line(bighti_hosts *self, size_t at)
{
    bight_view word = hosts_take_word(self, &at);
    size_t line = at - word.size;
    bight_address address;

    if (word.size == 0 || bighti_host_parse(word, &address) != BIGHT_OK)
        return;
    hosts_add_word(self, host_address_hash(&address), line, line);
    while ((word = hosts_take_word(self, &at)).size > 0)
        hosts_add_word(self, word_hash(word), at - word.size, line);
}

/* Index the lines that are complete; at the end of the file, all. */
static void hosts_index(bighti_hosts *self, bool is_end)
{
    while (self->indexed < self->size) {
        uint8_t *from = self->text + self->indexed;
        uint8_t *end = memchr(from, '\n', self->size - self->indexed);

        if (end == NULL && !is_end)
            return;
        hosts_index_line(self, self->indexed);
        self->indexed = end != NULL ? (size_t)(end - self->text) + 1 : self->size;
    }
}

/* -- Reading -- */

static void hosts_clear(bighti_hosts *self)
{
    if (self->fd >= 0)
        close(self->fd);
    free(self->text);
    free(self->buckets);
    free(self->words);
    self->fd = -1;
    self->text = NULL;
    self->buckets = NULL;
    self->words = NULL;
    self->capacity = self->size = self->indexed = self->word_count = self->word_capacity = 0;
}

/* A file that cannot be read is an empty one, as in the C library. */
static void hosts_open(bighti_hosts *self)
{
    size_t size = self->stat.st_size > LONGEST_FILE ? LONGEST_FILE : (size_t)self->stat.st_size;

    if (!S_ISREG(self->stat.st_mode) || size == 0)
        return;
    self->bucket_count = FEWEST_BUCKETS;
    while (self->bucket_count < size / 32 && self->bucket_count < MOST_BUCKETS)
        self->bucket_count *= 2;
    self->capacity = size;
    self->text = malloc(size);
    self->buckets = calloc(self->bucket_count, sizeof(*self->buckets));
    self->reads++;
    if (self->text != NULL && self->buckets != NULL)
        self->fd = open(self->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (self->fd < 0)
        hosts_clear(self);
}

bool bighti_hosts_has_changed(bighti_hosts *self)
{
    struct stat now = bighti_file_state(self->path);

    if (bighti_file_is_same(&now, &self->stat))
        return false;
    hosts_clear(self);
    self->stat = now;
    hosts_open(self);
    return true;
}

bool bighti_hosts_read(bighti_hosts *self)
{
    size_t room = self->capacity - self->size;
    ssize_t count;

    if (self->fd < 0)
        return true;
    /* A forked child shares the descriptor's position with its parent. */
    count = pread(self->fd, self->text + self->size, room < SLICE_SIZE ? room : SLICE_SIZE,
                  (off_t)self->size);
    if (count > 0)
        self->size += (size_t)count;
    if (count > 0 && self->size < self->capacity) {
        hosts_index(self, false);
        return false;
    }
    hosts_index(self, true);
    close(self->fd);
    self->fd = -1;
    return true;
}

bool bighti_hosts_is_read(const bighti_hosts *self)
{
    return self->fd < 0;
}

/* -- Finding -- */

static bool hosts_word_is(const bighti_hosts *self, const host_word *word, bight_view wanted)
{
    size_t at = word->at;
    bight_view found = hosts_take_word(self, &at);

    if (word->at == word->line || found.size != wanted.size)
        return false;
    for (size_t i = 0; i < found.size; i++)
        if (lower_of(found.data[i]) != lower_of(wanted.data[i]))
            return false;
    return true;
}

static bight_status hosts_address_at(const bighti_hosts *self, size_t line, bight_address *address)
{
    return bighti_host_parse(hosts_take_word(self, &line), address);
}

static const host_word *hosts_word(const bighti_hosts *self, uint32_t number)
{
    return number != 0 ? &self->words[number - 1] : NULL;
}

static const host_word *hosts_first(const bighti_hosts *self, uint32_t hash)
{
    return self->buckets != NULL ? hosts_word(self, self->buckets[hash & (self->bucket_count - 1)])
                                 : NULL;
}

/* A bucket begins with the last line, so the lines are collected first, the earliest of them. */
void bighti_hosts_find(const bighti_hosts *self, const char *name, bighti_hosts_fn fn, void *data)
{
    bight_view wanted = bight_view_of(name);
    uint32_t hash = word_hash(wanted), lines[MOST_LINES];
    size_t count = 0;
    bight_address address;

    for (const host_word *word = hosts_first(self, hash); word != NULL;
         word = hosts_word(self, word->next))
        if (word->hash == hash && hosts_word_is(self, word, wanted))
            lines[count++ % MOST_LINES] = word->line;
    for (size_t i = 0; i < count && i < MOST_LINES; i++)
        if (hosts_address_at(self, lines[(count - 1 - i) % MOST_LINES], &address) == BIGHT_OK)
            fn(&address, data);
}

bight_view bighti_hosts_find_name(const bighti_hosts *self, const bight_address *address)
{
    uint32_t hash = host_address_hash(address);
    bight_view name = {NULL, 0};
    bight_address found;

    for (const host_word *word = hosts_first(self, hash); word != NULL;
         word = hosts_word(self, word->next)) {
        size_t at = word->line;

        if (word->hash != hash || word->at != word->line ||
            hosts_address_at(self, at, &found) != BIGHT_OK ||
            !bight_address_equal_host(&found, address))
            continue;
        hosts_take_word(self, &at);
        name = hosts_take_word(self, &at);
    }
    return name;
}

/* -- Life -- */

bighti_hosts *bighti_hosts_new(const char *path)
{
    bighti_hosts *self = calloc(1, sizeof(*self));

    if (self == NULL)
        return NULL;
    self->path = path;
    self->fd = -1;
    return self;
}

void bighti_hosts_free(bighti_hosts *self)
{
    if (self == NULL)
        return;
    hosts_clear(self);
    free(self);
}

unsigned bighti_hosts_count_reads(const bighti_hosts *self)
{
    return self->reads;
}
