#include "text.h"

#include <QtCore/QByteArray>
#include <QtCore/QList>
#include <bight/irc_text.h>
#include <cstring>

namespace chat
{
namespace
{

// U+2028, U+2029 and two characters that QTextDocument reserves would begin a new line, and U+FFFC
// an image. The others change the text direction even beyond the end of the message.
bool isForbidden(ushort letter)
{
    return letter == 0x2028 || letter == 0x2029 || letter == 0xfdd0 || letter == 0xfdd1 ||
           letter == 0xfffc || (letter >= 0x202a && letter <= 0x202e) ||
           (letter >= 0x2066 && letter <= 0x2069);
}

} // namespace

QString shownText(const char *text)
{
    QByteArray plain(static_cast<qsizetype>(std::strlen(text)) + 1, '\0');
    bight_irc_strip(text, plain.data(), static_cast<size_t>(plain.size()));
    QString shown = QString::fromUtf8(plain.constData());
    for (QChar &letter : shown) {
        if (isForbidden(letter.unicode()))
            letter = QChar(' ');
    }
    return shown;
}

QString shownName(const QString &name)
{
    QString shown;

    for (uint letter : name.toUcs4()) {
        bool visible = QChar::isPrint(letter) && QChar::category(letter) != QChar::Other_Format &&
                       letter != QChar::ObjectReplacementCharacter;
        if (visible)
            shown += QChar::fromUcs4(letter);
        else
            shown += QChar(QChar::ReplacementCharacter);
    }
    return shown;
}

QString withReason(const QString &what, const char *reason)
{
    QString text = shownText(reason).trimmed();
    return text.isEmpty() ? what : what + QStringLiteral(": ") + text;
}

} // namespace chat
