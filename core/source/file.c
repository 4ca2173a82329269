/* A source that reads a file: on a pool if there is one, otherwise one piece a turn on the loop.
 *
 * The descriptor belongs to a small reference-counted structure, since a work that reads it may
 * still run after the source was freed. Only the reactor's thread changes the count: a work's
 * reference is given back by its destroy function, which runs on the reactor's thread. */
#include "../base/bytes.h"
#include "../base/check.h"
#include "../base/options.h"
#include "../reactor/shared.h"
#include "../reactor/task.h"
#include "source.h"
#include <bight/value.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* An open file. */
typedef struct read_file {
    unsigned references;
    int fd;
    uint64_t size; /* BIGHT_SOURCE_UNKNOWN if the system does not know it */
    char path[];   /* for messages */
} read_file;

typedef struct file_source {
    bight_threads *threads;
    read_file *file;
    uint64_t start, offset, end; /* `end` may be BIGHT_SOURCE_UNKNOWN: the end of the file */
    bight_task turn;
    bight_promise *promise; /* of the read that waits for its turn */
} file_source;

/* A read on a thread. */
typedef struct file_work {
    read_file *file;
    uint64_t offset;
    size_t size;
} file_work;

static const bight_source_file_options file_defaults = BIGHT_SOURCE_FILE_OPTIONS_INIT;

/* -- The file -- */

static void read_file_unref(void *data)
{
    read_file *file = data;

    if (--file->references > 0)
        return;
    if (file->fd >= 0)
        close(file->fd);
    free(file);
}

static read_file *read_file_new(const char *path)
{
    size_t size = strlen(path) + 1;
    read_file *file = malloc(sizeof(*file) + size);

    if (file == NULL)
        return NULL;
    *file = (read_file){.references = 1, .fd = -1};
    memcpy(file->path, path, size);
    return file;
}

static ssize_t read_file_at(const read_file *file, uint8_t *data, size_t size, uint64_t offset)
{
    ssize_t count;

    do
        count = pread(file->fd, data, size, (off_t)offset);
    while (count < 0 && errno == EINTR);
    return count;
}

/* A file of size 0 may be empty, or in /proc, or a disk. */
static uint64_t read_file_size(const read_file *file, const struct stat *about)
{
    uint8_t byte;

    if (about->st_size > 0)
        return (uint64_t)about->st_size;
    return read_file_at(file, &byte, 1, 0) == 0 ? 0 : BIGHT_SOURCE_UNKNOWN;
}

/* Pipes and devices have no offsets, and may block the loop for ever. */
static bight_error *read_file_look(read_file *file)
{
    struct stat about;

    if (fstat(file->fd, &about) != 0)
        return bight_error_new_errno(errno, "open %s", file->path);
    if (!S_ISREG(about.st_mode) && !S_ISBLK(about.st_mode))
        return bight_error_new(BIGHT_ERROR_UNSUPPORTED, "open %s: it is no file", file->path);
    file->size = read_file_size(file, &about);
    return NULL;
}

/* Returns NULL if it is open. With O_NONBLOCK opening a FIFO does not block, so that it can be
 * refused. */
static bight_error *read_file_open(read_file *file)
{
    file->fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file->fd < 0)
        return bight_error_new_errno(errno, "open %s", file->path);
    return read_file_look(file);
}

/* The next piece, or NULL at the end of the file. On any thread. */
static bight_result read_file_piece(const read_file *file, size_t size, uint64_t offset)
{
    uint8_t *data;
    bight_bytes *bytes = bighti_bytes_new_empty(size, &data);
    ssize_t count;

    if (bytes == NULL)
        return bight_result_bytes(NULL);
    count = read_file_at(file, data, size, offset);
    if (count > 0)
        return bight_result_bytes(bighti_bytes_cut(bytes, (size_t)count));
    bight_bytes_unref(bytes);
    if (count < 0)
        return bight_result_error(bight_error_new_errno(errno, "read %s", file->path));
    return bight_result_take(NULL, bight_value_bytes);
}

/* -- Reading -- */

static size_t next_size(const file_source *self)
{
    size_t most = self->threads != NULL ? BIGHTI_SOURCE_LARGE_PIECE : BIGHTI_SOURCE_PIECE;
    uint64_t left = self->end - self->offset;

    return left < most ? (size_t)left : most;
}

/* Count the bytes read. If a length was announced, the file must not be shorter. */
static bight_result file_source_note(file_source *self, bight_result in)
{
    bight_bytes *bytes = in.value;

    if (in.error == NULL && bytes != NULL)
        self->offset += bight_bytes_get_view(bytes).size;
    else if (in.error == NULL && self->file->size != BIGHT_SOURCE_UNKNOWN)
        return bight_result_error(bight_error_new(
            BIGHT_ERROR_TRUNCATED, "%s has become shorter while it was read", self->file->path));
    return in;
}

static void on_file_turn(bight_task *task, void *data)
{
    file_source *self = data;
    bight_promise *promise = self->promise;
    bight_result piece;

    (void)task;
    if (!bight_promise_is_wanted(promise))
        return;
    piece = read_file_piece(self->file, next_size(self), self->offset);
    self->promise = NULL;
    bight_promise_complete(promise, file_source_note(self, piece));
}

static bight_deferred *read_in_a_turn(file_source *self)
{
    bight_promise *promise;
    bight_deferred *deferred = bight_deferred_new(&promise);

    if (deferred == NULL)
        return NULL;
    bight_promise_free(self->promise);
    self->promise = promise;
    bight_task_schedule(&self->turn);
    return deferred;
}

static bight_result file_work_run(bight_work *work, void *data)
{
    file_work *self = data;

    (void)work;
    return read_file_piece(self->file, self->size, self->offset);
}

static void file_work_free(void *data)
{
    file_work *self = data;

    read_file_unref(self->file);
    free(self);
}

/* Not called if the source was freed or rewound meanwhile, because that has cancelled the work. */
static bight_result on_file_work_done(bight_result in, void *data)
{
    return file_source_note(data, in);
}

static bight_deferred *read_on_a_thread(file_source *self)
{
    file_work *work = malloc(sizeof(*work));
    bight_deferred *deferred;

    if (work == NULL)
        return NULL;
    *work = (file_work){.file = self->file, .offset = self->offset, .size = next_size(self)};
    self->file->references++;
    deferred = bighti_source_work(self->threads, file_work_run, work, file_work_free, BIGHT_HERE);
    return bight_deferred_then(deferred, on_file_work_done, NULL, self);
}

static bight_deferred *file_source_read(void *data)
{
    file_source *self = data;

    if (next_size(self) == 0)
        return bight_deferred_fired(NULL, bight_value_bytes);
    return self->threads != NULL ? read_on_a_thread(self) : read_in_a_turn(self);
}

static void file_source_free(void *data)
{
    file_source *self = data;

    bight_promise_free(self->promise);
    bighti_task_deinit(&self->turn);
    read_file_unref(self->file);
    free(self);
}

static bight_status file_source_rewind(void *data)
{
    file_source *self = data;

    bight_task_cancel(&self->turn);
    self->offset = self->start;
    return BIGHT_OK;
}

static uint64_t file_source_get_length(void *data)
{
    const file_source *self = data;

    return self->file->size == BIGHT_SOURCE_UNKNOWN ? BIGHT_SOURCE_UNKNOWN
                                                    : self->end - self->offset;
}

static bool file_source_get_file(void *data, bight_source_file *file)
{
    const file_source *self = data;

    file->descriptor = self->file->fd;
    file->offset = self->offset;
    file->length = file_source_get_length(data);
    file->blocks = self->threads != NULL;
    return true;
}

static void file_source_skip(void *data, uint64_t count)
{
    file_source *self = data;

    self->offset += count < self->end - self->offset ? count : self->end - self->offset;
}

static const bight_source_ops file_ops = {
    .size = sizeof(bight_source_ops),
    .name = "file",
    .read = file_source_read,
    .free = file_source_free,
    .rewind = file_source_rewind,
    .get_length = file_source_get_length,
    .get_file = file_source_get_file,
    .skip = file_source_skip,
};

/* -- Making -- */

static void file_source_place(file_source *self, const bight_source_file_options *options)
{
    uint64_t size = self->file->size;

    self->start = self->offset = options->offset < size ? options->offset : size;
    self->end = size;
    if (options->length < size - self->start)
        self->end = self->start + options->length;
}

/* Takes the reference to the file; when out of memory returns NULL, and the caller keeps it. */
static bight_source *file_source_new(bight_reactor *reactor, read_file *file,
                                     const bight_source_file_options *options)
{
    file_source *self = calloc(1, sizeof(*self));
    bight_source *source;

    if (self == NULL)
        return NULL;
    self->threads = options->threads;
    self->file = file;
    file_source_place(self, options);
    source = bight_source_new(reactor, &file_ops, self);
    if (source == NULL) {
        free(self);
        return NULL;
    }
    bighti_task_init(&self->turn, reactor, on_file_turn, self);
    return source;
}

bight_status bight_source_new_descriptor(bight_reactor *reactor, int take_descriptor,
                                         const bight_source_file_options *given,
                                         bight_source **source)
{
    bight_source_file_options options;
    bight_status status = BIGHT_ERROR_NO_MEMORY;
    bight_source *made = NULL;
    bight_error *error;
    read_file *file;

    bighti_check_thread(reactor);
    if (take_descriptor < 0 ||
        !bighti_options_read(given, &file_defaults, sizeof(options), &options))
        return BIGHT_ERROR_INVALID;
    file = read_file_new("a descriptor");
    if (file == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    file->fd = take_descriptor;
    error = read_file_look(file);
    if (error != NULL)
        status = bight_error_get_status(error);
    else
        made = file_source_new(reactor, file, &options);
    bight_error_unref(error);
    if (made != NULL) {
        *source = made;
        return BIGHT_OK;
    }
    file->fd = -1; /* still owned by the caller */
    read_file_unref(file);
    return status;
}

/* An open in progress: on a thread, after which a source is made. */
typedef struct file_opening {
    unsigned references; /* the chain's, and the work's */
    bight_reactor *reactor;
    bight_source_file_options options;
    read_file *file;
} file_opening;

static void file_opening_unref(void *data)
{
    file_opening *self = data;

    if (--self->references > 0)
        return;
    read_file_unref(self->file);
    bighti_reactor_unref(self->reactor);
    free(self);
}

static bight_result file_opening_finish(bight_result in, void *data)
{
    file_opening *self = data;
    bight_source *source;

    if (in.error != NULL)
        return in;
    bight_result_free(in);
    source = file_source_new(self->reactor, self->file, &self->options);
    if (source == NULL)
        return bight_result_wait(NULL);
    self->file->references++;
    return bight_result_take(source, bight_value_source);
}

static bight_result file_opening_work(bight_work *work, void *data)
{
    file_opening *self = data;
    bight_error *error = read_file_open(self->file);

    (void)work;
    return error != NULL ? bight_result_error(error) : bight_result_value(NULL);
}

static bight_deferred *file_opening_start(file_opening *self, const char *where)
{
    bight_error *error;

    if (self->options.threads != NULL) {
        self->references++;
        return bighti_source_work(self->options.threads, file_opening_work, self,
                                  file_opening_unref, where);
    }
    error = read_file_open(self->file);
    if (error != NULL)
        return bight_deferred_failed_at(error, where);
    return bight_deferred_fired_at(NULL, NULL, where);
}

bight_deferred *bight_source_open_file_at(bight_reactor *reactor, const char *path,
                                          const bight_source_file_options *given, const char *where)
{
    bight_source_file_options options;
    file_opening *self;
    bight_deferred *deferred;

    bighti_check_thread(reactor);
    BIGHTI_REQUIRE(bighti_options_read(given, &file_defaults, sizeof(options), &options),
                   "options of an unknown size");
    self = malloc(sizeof(*self));
    if (self == NULL)
        return NULL;
    *self = (file_opening){.references = 1, .options = options, .file = read_file_new(path)};
    if (self->file == NULL) {
        free(self);
        return NULL;
    }
    self->reactor = bighti_reactor_ref(reactor);
    deferred = file_opening_start(self, where);
    bight_deferred_both_at(deferred, file_opening_finish, self, where);
    return bight_deferred_keep_at(deferred, self, file_opening_unref, where);
}
