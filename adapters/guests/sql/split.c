/* Finds the end of a statement without parsing SQL: a `;` outside strings, names, comments and
 * bodies. Bodies are `begin ... end` in triggers and in functions of standard SQL; a `case` inside
 * has its own `end`. */
#include "split.h"
#include <bight/sql.h>
#include <string.h>
#include <strings.h>

typedef struct scan {
    const char *text;
    size_t size, at;
    int words;    /* the number of words so far, up to a small maximum */
    bool creates; /* its first word is create */
    bool program; /* it creates a trigger, function or procedure: it may have a body */
    int depth;    /* nesting of begin and case */
} scan;

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (unsigned char)c >= 0x80;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

static char peek(const scan *self, size_t ahead)
{
    return self->at + ahead < self->size ? self->text[self->at + ahead] : '\0';
}

/* Skip past the next `end`, or to the end of the text. */
static void skip_past(scan *self, const char *end, size_t length)
{
    const char *found = memmem(self->text + self->at, self->size - self->at, end, length);

    self->at = found != NULL ? (size_t)(found - self->text) + length : self->size;
}

/* Nested comments are counted, as in PostgreSQL. */
static void skip_comment(scan *self)
{
    int depth = 0;

    do {
        if (peek(self, 0) == '/' && peek(self, 1) == '*') {
            depth++;
            self->at += 2;
        } else if (peek(self, 0) == '*' && peek(self, 1) == '/') {
            depth--;
            self->at += 2;
        } else {
            self->at++;
        }
    } while (depth > 0 && self->at < self->size);
    if (self->at > self->size)
        self->at = self->size;
}

/* A quote inside is doubled, so it ends one string and begins the next. */
static void skip_quoted(scan *self, char quote)
{
    self->at++;
    skip_past(self, &quote, 1);
}

/* $tag$ ... $tag$; a $ followed by anything else is a parameter. */
static void skip_dollar(scan *self)
{
    size_t length = 1;

    while (is_word(peek(self, length)) && !(length == 1 && peek(self, 1) <= '9'))
        length++;
    if (peek(self, length) != '$') {
        self->at++;
        return;
    }
    length++;
    self->at += length;
    skip_past(self, self->text + self->at - length, length);
}

static bool word_is(const char *word, size_t size, const char *other)
{
    return strlen(other) == size && strncasecmp(word, other, size) == 0;
}

static bool makes_program(const char *word, size_t size)
{
    return word_is(word, size, "trigger") || word_is(word, size, "function") ||
           word_is(word, size, "procedure");
}

static void note_word(scan *self, const char *word, size_t size)
{
    enum { WORDS_BEFORE_KIND = 5 }; /* create or replace temporary trigger */

    if (self->words == 0)
        self->creates = word_is(word, size, "create");
    else if (self->creates && self->words < WORDS_BEFORE_KIND && makes_program(word, size))
        self->program = true;
    self->words++;
    if (!self->program)
        return;
    if (word_is(word, size, "begin") || (self->depth > 0 && word_is(word, size, "case")))
        self->depth++;
    else if (self->depth > 0 && word_is(word, size, "end"))
        self->depth--;
}

static void skip_word(scan *self)
{
    size_t start = self->at;

    while (is_word(peek(self, 0)))
        self->at++;
    note_word(self, self->text + start, self->at - start);
}

/* Skip one token of any kind. */
static void skip_one(scan *self)
{
    char c = peek(self, 0);

    if (c == '-' && peek(self, 1) == '-')
        skip_past(self, "\n", 1);
    else if (c == '/' && peek(self, 1) == '*')
        skip_comment(self);
    else if (c == '\'' || c == '"' || c == '`')
        skip_quoted(self, c);
    else if (c == '$')
        skip_dollar(self);
    else if (is_word(c))
        skip_word(self);
    else
        self->at++;
}

size_t bight_sql_split(const char *text, size_t size, bool *complete)
{
    scan self = {.text = text, .size = size};
    bool ended = false;

    while (!ended && self.at < size) {
        ended = text[self.at] == ';' && self.depth == 0;
        if (ended)
            self.at++;
        else
            skip_one(&self);
    }
    if (complete != NULL)
        *complete = ended;
    return self.at;
}

bool bighti_sql_is_blank(const char *text, size_t size)
{
    scan self = {.text = text, .size = size};

    while (self.at < size) {
        char c = peek(&self, 0);
        bool comment = (c == '-' && peek(&self, 1) == '-') || (c == '/' && peek(&self, 1) == '*');

        if (!comment && !is_blank(c) && c != ';')
            return false;
        skip_one(&self);
    }
    return true;
}

/* Longer statements are rarely run twice, and keeping them takes memory. */
enum { LONGEST_KEPT = 4096 };

static bool is_one_of(const char *const *words, const char *text, size_t length)
{
    while (*words != NULL && !(strlen(*words) == length && strncasecmp(*words, text, length) == 0))
        words++;
    return *words != NULL;
}

bighti_sql_nature bighti_sql_nature_of(const char *text)
{
    static const char *const kept[] = {"select", "insert", "update", "delete", "replace",
                                       "values", "merge",  "with",   NULL};
    static const char *const passing[] = {
        "begin", "start",   "commit", "end",  "rollback", "abort",  "savepoint", "release",  "show",
        "lock",  "explain", "fetch",  "move", "declare",  "listen", "notify",    "unlisten", NULL};
    size_t size = strlen(text), length = 0;
    scan self = {.text = text, .size = size};

    while (self.at < size && !is_word(text[self.at])) {
        if (strchr("'\"`$", text[self.at]) != NULL)
            return BIGHTI_SQL_CHANGING;
        skip_one(&self);
    }
    while (self.at + length < size && is_word(text[self.at + length]))
        length++;
    if (is_one_of(kept, text + self.at, length))
        return size <= LONGEST_KEPT ? BIGHTI_SQL_KEPT : BIGHTI_SQL_PASSING;
    return is_one_of(passing, text + self.at, length) ? BIGHTI_SQL_PASSING : BIGHTI_SQL_CHANGING;
}

/* The first word of statements that change the session, whatever follows. */
static const char *const touching[] = {"set",  "reset",  "listen", "prepare", "load", "do",
                                       "call", "pragma", "attach", "detach",  NULL};

/* Words anywhere in a statement: temporary tables, cursors that outlive their transaction,
 * functions. */
static const char *const touching_within[] = {"temp",    "temporary", "pg_temp", "set_config",
                                              "setseed", "hold",      NULL};

/* Settings and locks of the transaction end with it. */
static bool word_touches(const char *word, size_t length, bool first)
{
    enum { LONGEST = 63 };
    char copy[LONGEST + 1];

    if (is_one_of(first ? touching : touching_within, word, length))
        return true;
    if (length < 8 || length > LONGEST)
        return false;
    memcpy(copy, word, length);
    copy[length] = '\0';
    return strcasestr(copy, "advisory") != NULL && strcasestr(copy, "xact") == NULL;
}

/* `set local`, `set transaction` and `set constraints` end with the transaction. */
static bool is_passing_set(const char *text, size_t length)
{
    static const char *const passing[] = {"local", "transaction", "constraints", NULL};
    size_t next = length + strspn(text + length, " \t\r\n"), size = 0;

    while (is_word(text[next + size]))
        size++;
    return length == 3 && strncasecmp(text, "set", 3) == 0 && is_one_of(passing, text + next, size);
}

/* A pragma that only asks: it has no value, or its name is that of a question. */
static bool is_asking_pragma(const char *text, size_t length)
{
    return length == 6 && strncasecmp(text, "pragma", 6) == 0 && strchr(text, '=') == NULL &&
           (strchr(text, '(') == NULL || strcasestr(text, "_list") != NULL ||
            strcasestr(text, "_info") != NULL || strcasestr(text, "_xinfo") != NULL ||
            strcasestr(text, "_check") != NULL || strcasestr(text, "checkpoint") != NULL);
}

bool bighti_sql_touches_session(const char *text)
{
    scan self = {.text = text, .size = strlen(text)};
    bool first = true;

    while (self.at < self.size) {
        const char *word = text + self.at;
        size_t length = 0;

        if (!is_word(*word)) {
            skip_one(&self);
            continue;
        }
        while (is_word(word[length]))
            length++;
        if (first && (is_passing_set(word, length) || is_asking_pragma(word, length)))
            return false;
        if (word_touches(word, length, first))
            return true;
        first = false;
        self.at += length;
    }
    return false;
}
