// A journal of the steps that ran, and values that count how many of them live.
#pragma once

#include <bight/deferred.h>
#include <bight/log.h>
#include <cstdint>
#include <list>
#include <string>
#include <vector>

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

inline void *number(intptr_t value)
{
    return reinterpret_cast<void *>(value);
}

inline bight_error *error(bight_status status = BIGHT_ERROR_REFUSED, const char *text = "no")
{
    return bight_error_new(status, "%s", text);
}

// Adds one to the int in data.
inline void count(void *data)
{
    ++*static_cast<int *>(data);
}

// A producer that counts how often it was told of a cancel, and then lets its promise go.
inline void countCancel(bight_promise *promise, void *data)
{
    count(data);
    bight_promise_free(promise);
}

// What the library says while this lives.
class Messages
{
  public:
    Messages()
    {
        bight_log_set([](bight_log_level, const char *message,
                         void *data) { static_cast<Messages *>(data)->all.push_back(message); },
                      this);
    }
    ~Messages()
    {
        bight_log_set(nullptr, nullptr);
    }
    Messages(const Messages &) = delete;
    Messages &operator=(const Messages &) = delete;
    std::vector<std::string> all;
};

// The end of a chain: "5", "[cancelled]", or "waiting".
inline std::string outcome(bight_deferred *deferred)
{
    bight_result result;
    std::string text;

    if (!bight_deferred_take(deferred, &result))
        return "waiting";
    if (result.error != nullptr)
        text = std::string("[") + bight_status_text(bight_error_get_status(result.error)) + "]";
    else
        text = std::to_string(reinterpret_cast<intptr_t>(result.value));
    bight_result_free(result);
    return text;
}

// Returns the deferred in data to be waited for.
inline bight_result returnWait(bight_result in, void *data)
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
            note.journal->text_ += "(" + std::to_string(valueOf(in)) + ") ";
            value += valueOf(in);
        }
        bight_result_free(in);
        return bight_result_value(number(value));
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
    static intptr_t valueOf(bight_result result)
    {
        return reinterpret_cast<intptr_t>(result.value);
    }
    std::list<Note> notes_;
    std::string text_;
};

} // namespace deferred_support
