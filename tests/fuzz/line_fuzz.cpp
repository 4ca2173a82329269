// The line parser: whatever the bytes, what it tells must not depend on how they are split, nor may
// more wait in it than one line. The first four bytes choose the options and the split; lines and
// raw pieces of the input itself switch, pause, finish and free.
#include <bight/line.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string>
#include <vector>

namespace
{

struct Setup {
    bight_line_options options = BIGHT_LINE_OPTIONS_INIT;
    std::size_t chunk = 0; // 0 feeds all at once
};

class Harness
{
  public:
    explicit Harness(const Setup &setup) : setup_(setup)
    {
        if (bight_line_parser_new(&setup.options, &table, this, &parser_) != BIGHT_OK)
            std::abort();
    }

    ~Harness()
    {
        bight_line_parser_free(parser_);
    }
    Harness(const Harness &) = delete;
    Harness &operator=(const Harness &) = delete;

    std::vector<std::string> run(const std::uint8_t *data, std::size_t size)
    {
        std::size_t chunk = setup_.chunk > 0 ? setup_.chunk : size + 1;

        for (std::size_t at = 0; at < size && status_ == BIGHT_OK; at += chunk) {
            status_ = bight_line_parser_feed(parser_, data + at, std::min(chunk, size - at));
            goOn();
        }
        if (status_ == BIGHT_OK)
            status_ = bight_line_parser_finish(parser_);
        goOn();
        events_.push_back("status " + std::to_string(status_));
        return events_;
    }

  private:
    // A paused parser is resumed after each feed, so that pauses too leave no trace.
    void goOn()
    {
        while (status_ == BIGHT_OK && parser_ != nullptr && bight_line_parser_is_paused(parser_))
            status_ = bight_line_parser_resume(parser_);
        if (status_ == BIGHT_OK && parser_ != nullptr &&
            bight_line_parser_get_waiting(parser_) >
                setup_.options.max_line + 1 + setup_.options.delimiter.size)
            std::abort();
    }

    void note(const char *kind, const std::uint8_t *bytes, std::size_t size)
    {
        std::string event = kind;

        if (bytes == nullptr || status_ != BIGHT_OK)
            std::abort();
        event.append(reinterpret_cast<const char *>(bytes), size);
        events_.push_back(event);
    }

    void act(std::uint8_t what)
    {
        switch (what) {
        case 'P':
            bight_line_parser_pause(parser_);
            break;
        case 'U':
            bight_line_parser_set_raw(parser_, BIGHT_LINE_UNTIL_TOLD);
            break;
        case 'F':
            bight_line_parser_free(parser_);
            parser_ = nullptr;
            break;
        default:
            if (what >= '1' && what <= '9')
                bight_line_parser_set_raw(parser_, static_cast<std::uint64_t>(what - '0') * 3);
        }
    }

    static void line(bight_line_parser *, const std::uint8_t *bytes, std::size_t size, void *data)
    {
        auto *self = static_cast<Harness *>(data);

        if (size > self->setup_.options.max_line)
            std::abort();
        self->note("line ", bytes, size);
        if (size > 0)
            self->act(bytes[0]);
    }

    static void tooLong(bight_line_parser *, const std::uint8_t *start, std::size_t size,
                        void *data)
    {
        auto *self = static_cast<Harness *>(data);

        if (size != self->setup_.options.max_line)
            std::abort();
        self->note("long ", start, size);
        self->act(start[0]);
    }

    // Raw pieces are as long as the input gave them, so they are joined.
    static void raw(bight_line_parser *parser, const std::uint8_t *bytes, std::size_t size,
                    std::uint64_t left, void *data)
    {
        auto *self = static_cast<Harness *>(data);
        std::string piece(reinterpret_cast<const char *>(bytes), size);
        std::size_t end = piece.find('!');

        if (size == 0)
            std::abort();
        if (end != std::string::npos) {
            bight_line_parser_set_lines(parser, size - end - 1);
            piece.resize(end + 1);
        }
        if (self->events_.empty() || self->events_.back().rfind("raw ", 0) != 0)
            self->events_.push_back("raw ");
        self->events_.back() += piece;
        if (end != std::string::npos || left == 0)
            self->events_.push_back("lines");
    }

    static const bight_line_events table;

    Setup setup_;
    bight_line_parser *parser_ = nullptr;
    bight_status status_ = BIGHT_OK;
    std::vector<std::string> events_;
};

const bight_line_events Harness::table = {sizeof(bight_line_events), line, raw, tooLong};

Setup setupOf(const std::uint8_t *bytes)
{
    static const char *const delimiters[] = {"\n", "\r\n", "ab", "aab", "abab", "\n.\n"};
    Setup setup;

    setup.options.delimiter = bight_view_of(delimiters[bytes[0] % std::size(delimiters)]);
    setup.options.trim_cr = (bytes[0] & 64) != 0;
    setup.options.overflow = (bytes[0] & 128) != 0 ? BIGHT_LINE_FAIL : BIGHT_LINE_SKIP;
    setup.options.max_line = 1 + bytes[1] % 40;
    setup.chunk = 1 + bytes[2] % 17;
    return setup;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size < 3 || size > 20000)
        return 0;
    Setup setup = setupOf(data), whole = setup;

    whole.chunk = 0;
    if (Harness(setup).run(data + 3, size - 3) != Harness(whole).run(data + 3, size - 3))
        std::abort();
    return 0;
}
