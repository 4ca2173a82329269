// A journal of the steps that ran, and values that count how many of them live.
#pragma once

#include <bight/deferred.h>
#include <cstdint>
#include <list>
#include <string>

namespace deferred_support
{

// A value that is counted while it lives.
struct Counted {
    explicit Counted(int &count) : live(count)
    {
        ++live;
    }
    ~Counted()
    {
        --live;
    }
    static void destroy(void *value)
    {
        delete static_cast<Counted *>(value);
    }
    int &live;
};

// Returns the deferred in data to be waited for.
inline bight_result return_wait(bight_result in, void *data)
{
    bight_result_free(in);
    return bight_result_wait(static_cast<bight_deferred *>(data));
}

// Steps that write down their name and what they were given, and add a number to it.
class Journal
{
  public:
    // The data of one step; after an error it recovers with `add` itself.
    void *note(const char *name, intptr_t add)
    {
        notes_.push_back({this, name, add});
        return &notes_.back();
    }
    // The step: its data is a note().
    static bight_result run(bight_result in, void *data)
    {
        const Note &note = *static_cast<Note *>(data);
        intptr_t value = note.add;

        note.journal->text_ += note.name;
        if (in.error != nullptr) {
            note.journal->text_ +=
                std::string("[") + bight_status_text(bight_error_get_status(in.error)) + "] ";
        } else {
            note.journal->text_ += "(" + std::to_string(number(in)) + ") ";
            value += number(in);
        }
        bight_result_free(in);
        return bight_result_value(reinterpret_cast<void *>(value));
    }
    const std::string &text() const
    {
        return text_;
    }

  private:
    struct Note {
        Journal *journal;
        std::string name;
        intptr_t add;
    };
    static intptr_t number(bight_result result)
    {
        return reinterpret_cast<intptr_t>(result.value);
    }
    std::list<Note> notes_;
    std::string text_;
};

} // namespace deferred_support
