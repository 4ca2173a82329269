// Messages of name servers. Whatever comes: nothing outside the message is read, texts end where
// they say, and what is read twice is the same. The first byte chooses the type.
extern "C" {
#include "net/dns_message.h"
#include "net/records.h"
#include "net/resolv_conf.h"
}

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace
{

void require(bool condition)
{
    if (!condition)
        std::abort();
}

void checkRecord(bight_view message, size_t at, size_t size, void *count)
{
    require(at <= message.size && size <= message.size - at);
    ++*static_cast<size_t *>(count);
}

uint32_t nextRandom(void *data)
{
    auto &state = *static_cast<uint32_t *>(data);
    return state = state * 1664525u + 1013904223u;
}

void checkRecords(bight_view message, unsigned type)
{
    uint32_t state = 1, lifetime = 0;
    size_t count = 0;
    bight_records *records = nullptr;
    bool isFine = bighti_dns_read(message, type, checkRecord, &count, &lifetime);
    bighti_records_outcome outcome =
        bighti_records_read(message, type, nextRandom, &state, &records);

    require(isFine || outcome == BIGHTI_RECORDS_MALFORMED);
    require((records != nullptr) == (outcome == BIGHTI_RECORDS_READ));
    if (records == nullptr)
        return;
    require(bight_records_get_count(records) == (count < 256 ? count : 256));
    for (size_t i = 0; i < bight_records_get_count(records); i++) {
        bight_view bytes = bight_records_get_bytes(records, i);
        require(bight_records_get_text(records, i)[bytes.size] == '\0');
        require(type == BIGHTI_DNS_TXT ||
                std::strlen(bight_records_get_text(records, i)) == bytes.size);
        require(i == 0 || bight_records_get_priority(records, i - 1) <=
                              bight_records_get_priority(records, i));
    }
    bight_records_free(records);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned types[] = {BIGHTI_DNS_MX, BIGHTI_DNS_SRV, BIGHTI_DNS_TXT, BIGHTI_DNS_PTR};
    uint32_t lifetime = 0;
    size_t count = 0;
    bighti_resolv_conf conf;

    if (size == 0)
        return 0;
    // In a block of its own, so that a read behind it is found.
    std::vector<uint8_t> bytes(data + 1, data + size);
    bight_view message = {bytes.data(), bytes.size()};
    checkRecords(message, types[data[0] % 4]);
    bighti_dns_read(message, BIGHTI_DNS_A, checkRecord, &count, &lifetime);
    bighti_resolv_conf_parse(message, &conf);
    require(conf.timeout <= 30 && conf.attempts <= 5 && conf.ndots <= 15);
    return 0;
}
