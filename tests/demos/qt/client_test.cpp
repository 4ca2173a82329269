// The session as a QObject: which events of bight/irc_client.h it hears.
#include "client.h"

#include <array>
#include <cstddef>
#include <cstring>
#include <gtest/gtest.h>

namespace
{

using Slot = void (*)();

constexpr size_t firstSlot = offsetof(bight_irc_client_events, state_changed);
constexpr size_t slotCount = (sizeof(bight_irc_client_events) - firstSlot) / sizeof(Slot);

constexpr size_t indexOf(size_t offset)
{
    return (offset - firstSlot) / sizeof(Slot);
}

// Behind `size` the table holds nothing but functions, so an event that the header gains is one
// more slot here.
std::array<Slot, slotCount> eventSlots()
{
    std::array<Slot, slotCount> found = {};

    std::memcpy(found.data(), reinterpret_cast<const char *>(&chat::Client::events()) + firstSlot,
                sizeof(found));
    return found;
}

TEST(QtClient, hearsEveryEventButTheLines)
{
    const auto found = eventSlots();

    EXPECT_EQ(chat::Client::events().size, sizeof(bight_irc_client_events));
    for (size_t i = 0; i < slotCount; i++)
        EXPECT_EQ(found[i] == nullptr, i == indexOf(offsetof(bight_irc_client_events, line)))
            << "event " << i << " of bight_irc_client_events";
}

TEST(QtClient, hearsEachEventWithAFunctionOfItsOwn)
{
    const auto found = eventSlots();

    for (size_t i = 0; i < slotCount; i++)
        for (size_t k = 0; k < i; k++)
            EXPECT_NE(found[i], found[k]) << "events " << k << " and " << i;
}

} // namespace
