// Each line is a separate block with a hanging indent: the time, a tab stop at the end of the
// nick, one at the beginning of the text, and a margin for further rows of the text. Everything is
// inserted as plain text with a format, never as HTML, so messages cannot contain markup.
#include "message_view.h"

#include "text.h"
#include "theme.h"

#include <QtCore/QDateTime>
#include <QtCore/QEvent>
#include <QtCore/QLocale>
#include <QtCore/QRegularExpression>
#include <QtGui/QAbstractTextDocumentLayout>
#include <QtGui/QDesktopServices>
#include <QtGui/QPainter>
#include <QtGui/QTextBlock>
#include <QtWidgets/QScrollBar>
#include <QtWidgets/QToolButton>

namespace chat
{
namespace
{

constexpr int documentMargin = 12;
constexpr int gap = 12;
// Below this width in pixels there is no separate column for nicks.
constexpr int narrowest = 460;

// Only this function decides which links a click may open.
bool isSafe(const QUrl &url)
{
    return url.isValid() &&
           (url.scheme() == QLatin1String("http") || url.scheme() == QLatin1String("https"));
}

const QRegularExpression &linkPattern()
{
    // The link excludes a full stop or bracket that follows it.
    static const QRegularExpression pattern(
        QStringLiteral("\\bhttps?://[^\\s<>\"]*[^\\s<>\"'.,;:!?)\\]}]"),
        QRegularExpression::CaseInsensitiveOption);
    return pattern;
}

bool isQuiet(Line::Kind kind)
{
    return kind == Line::Kind::Event || kind == Line::Kind::Info;
}

QString whoOf(const Line &line)
{
    QString nick = shownName(line.who);

    switch (line.kind) {
    case Line::Kind::Words:
        return nick;
    case Line::Kind::Notice:
        return QLatin1Char('-') + nick + QLatin1Char('-');
    case Line::Kind::Action:
        return QStringLiteral("*");
    case Line::Kind::Problem:
        return QStringLiteral("!");
    default:
        return QStringLiteral("–");
    }
}

QList<QTextOption::Tab> tabsAt(qreal nick, qreal text)
{
    return {QTextOption::Tab(nick, QTextOption::RightTab),
            QTextOption::Tab(text, QTextOption::LeftTab)};
}

} // namespace

MessageView::MessageView(QWidget *parent) : QTextBrowser(parent), m_down(new QToolButton(this))
{
    setObjectName(QStringLiteral("messages"));
    setAccessibleName(tr("Messages"));
    setFrameShape(QFrame::NoFrame);
    setFont(readingFont(font()));
    setOpenLinks(false);
    setUndoRedoEnabled(false);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    document()->setDocumentMargin(documentMargin);
    document()->setMaximumBlockCount(Conversation::mostLines);
    connect(this, &QTextBrowser::anchorClicked, this, [](const QUrl &url) {
        if (isSafe(url))
            QDesktopServices::openUrl(url);
    });
    m_down->setText(tr("↓ Newest"));
    m_down->setAccessibleName(tr("Go to the newest message"));
    m_down->setFocusPolicy(Qt::NoFocus);
    m_down->setVisible(false);
    connect(m_down, &QToolButton::clicked, this, &MessageView::toEnd);
    auto placed = [this] { placeButton(); };
    connect(verticalScrollBar(), &QScrollBar::valueChanged, this, placed);
    connect(verticalScrollBar(), &QScrollBar::rangeChanged, this, placed);
}

void MessageView::show(const Conversation *conversation)
{
    m_conversation = conversation;
    m_markNext = false;
    render();
    emit grown();
}

void MessageView::append(const Line &line)
{
    const bool follow = isAtEnd();

    insert(line);
    if (follow)
        toEnd();
    emit grown();
}

void MessageView::markNext()
{
    m_mark = QTextCursor();
    m_markNext = true;
    viewport()->update();
}

QString MessageView::shownText() const
{
    QString text = toPlainText();

    text.replace(QLatin1Char('\t'), QStringLiteral("  "));
    return text;
}

void MessageView::scrollPages(int pages)
{
    QScrollBar *bar = verticalScrollBar();

    bar->setValue(bar->value() + pages * bar->pageStep());
}

void MessageView::render()
{
    m_columns = columns();
    m_date = QDate::currentDate();
    m_mark = QTextCursor();
    m_empty = true;
    document()->clear();
    if (m_conversation == nullptr)
        return;
    const auto &lines = m_conversation->lines;
    qint64 number = m_conversation->count - static_cast<qint64>(lines.size());
    QTextCursor(document()).beginEditBlock();
    for (const Line &line : lines) {
        // Draw the rule between read and unread lines, but not above the first line.
        if (number == m_conversation->read && number > 0 && m_mark.isNull())
            m_markNext = true;
        insert(line);
        ++number;
    }
    QTextCursor(document()).endEditBlock();
    toEnd();
}

MessageView::Columns MessageView::columns() const
{
    const QFontMetricsF metrics(font());
    const qreal time = metrics.horizontalAdvance(QStringLiteral("00:00")) + gap;
    Columns columns;

    columns.narrow = viewport()->width() < narrowest;
    columns.nick = columns.narrow ? time : time + metrics.averageCharWidth() * 14;
    columns.text = columns.narrow ? time : columns.nick + gap;
    return columns;
}

QTextCursor MessageView::newBlock(const QTextBlockFormat &format)
{
    QTextCursor cursor(document());

    cursor.movePosition(QTextCursor::End);
    if (m_empty)
        cursor.setBlockFormat(format);
    else
        cursor.insertBlock(format);
    m_empty = false;
    return cursor;
}

QTextBlockFormat MessageView::blockFormat(const Line &line) const
{
    QTextBlockFormat format;

    // The columns do not depend on the direction of the text.
    format.setLayoutDirection(Qt::LeftToRight);
    format.setLeftMargin(m_columns.text);
    format.setTextIndent(-m_columns.text);
    format.setTabPositions(m_columns.narrow ? QList<QTextOption::Tab>{QTextOption::Tab(
                                                  m_columns.text, QTextOption::LeftTab)}
                                            : tabsAt(m_columns.nick, m_columns.text));
    format.setTopMargin(isQuiet(line.kind) ? 2 : 4);
    format.setBottomMargin(isQuiet(line.kind) ? 2 : 4);
    format.setLineHeight(110, QTextBlockFormat::ProportionalHeight);
    if (line.mention)
        format.setBackground(themeOf(this).mention);
    return format;
}

void MessageView::insert(const Line &line)
{
    const QDateTime when = QDateTime::fromMSecsSinceEpoch(line.time);
    QTextCharFormat time;

    if (when.date() != m_date)
        insertDate(when.date());
    QTextCursor cursor = newBlock(blockFormat(line));
    if (m_markNext && isWords(line.kind) && !line.self) {
        m_mark = cursor;
        m_mark.setKeepPositionOnInsert(true);
        m_markNext = false;
    }
    time.setForeground(themeOf(this).muted);
    cursor.insertText(when.toString(QStringLiteral("HH:mm")) + QLatin1Char('\t'), time);
    insertWho(cursor, line);
    insertText(cursor, line);
}

void MessageView::insertDate(const QDate &date)
{
    QTextBlockFormat block;
    QTextCharFormat format;

    block.setAlignment(Qt::AlignHCenter);
    block.setTopMargin(10);
    block.setBottomMargin(6);
    format.setForeground(themeOf(this).muted);
    newBlock(block).insertText(QLocale().toString(date, QLocale::LongFormat), format);
    m_date = date;
}

void MessageView::insertWho(QTextCursor &cursor, const Line &line) const
{
    const Theme &theme = themeOf(this);
    QTextCharFormat format;
    QString who = whoOf(line);

    format.setForeground(theme.muted);
    if (line.kind == Line::Kind::Problem)
        format.setForeground(theme.error);
    if (line.kind == Line::Kind::Words || line.kind == Line::Kind::Notice) {
        format.setForeground(theme.nick(line.who));
        format.setFontWeight(QFont::DemiBold);
        format.setToolTip(who);
    }
    if (!m_columns.narrow) {
        QFont bold = font();
        bold.setWeight(QFont::DemiBold);
        const qreal room = m_columns.nick - QFontMetricsF(font()).horizontalAdvance("00:00") - gap;
        who = QFontMetricsF(bold).elidedText(who, Qt::ElideRight, room);
    }
    cursor.insertText(who, format);
    cursor.insertText(m_columns.narrow ? QStringLiteral("  ") : QStringLiteral("\t"),
                      QTextCharFormat());
}

void MessageView::insertText(QTextCursor &cursor, const Line &line) const
{
    const Theme &theme = themeOf(this);
    QTextCharFormat format;

    format.setForeground(theme.text);
    if (isQuiet(line.kind) || line.kind == Line::Kind::Notice)
        format.setForeground(theme.muted);
    if (line.kind == Line::Kind::Problem)
        format.setForeground(theme.error);
    if (line.kind == Line::Kind::Action) {
        QTextCharFormat nick;
        nick.setForeground(theme.nick(line.who));
        nick.setFontWeight(QFont::DemiBold);
        cursor.insertText(shownName(line.who), nick);
        cursor.insertText(QStringLiteral(" "), QTextCharFormat());
        format.setFontItalic(true);
    }
    insertLinks(cursor, line.text, format);
}

void MessageView::insertLinks(QTextCursor &cursor, const QString &text,
                              const QTextCharFormat &format) const
{
    qsizetype done = 0;
    auto links = linkPattern().globalMatch(text);

    while (links.hasNext()) {
        const QRegularExpressionMatch match = links.next();
        const QUrl url(match.captured(), QUrl::StrictMode);
        if (!isSafe(url))
            continue;
        QTextCharFormat link = format;
        link.setAnchor(true);
        link.setAnchorHref(QString::fromLatin1(url.toEncoded()));
        link.setForeground(themeOf(this).accent);
        link.setFontUnderline(true);
        cursor.insertText(text.mid(done, match.capturedStart() - done), format);
        cursor.insertText(match.captured(), link);
        done = match.capturedEnd();
    }
    cursor.insertText(text.mid(done), format);
}

bool MessageView::isAtEnd() const
{
    return verticalScrollBar()->value() >= verticalScrollBar()->maximum() - 4;
}

void MessageView::toEnd()
{
    verticalScrollBar()->setValue(verticalScrollBar()->maximum());
}

void MessageView::placeButton()
{
    m_down->setVisible(!isAtEnd());
    m_down->adjustSize();
    m_down->move(viewport()->width() - m_down->width() - documentMargin,
                 viewport()->height() - m_down->height() - documentMargin);
}

void MessageView::changeEvent(QEvent *event)
{
    QTextBrowser::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        render();
}

void MessageView::resizeEvent(QResizeEvent *event)
{
    const bool follow = isAtEnd();

    QTextBrowser::resizeEvent(event);
    if (columns().narrow != m_columns.narrow)
        render();
    else if (follow)
        toEnd();
    placeButton();
}

void MessageView::paintEvent(QPaintEvent *event)
{
    QTextBrowser::paintEvent(event);
    if (m_mark.isNull())
        return;
    const QRectF block = document()->documentLayout()->blockBoundingRect(m_mark.block());
    const int y = qRound(block.top()) - verticalScrollBar()->value();
    QPainter painter(viewport());
    painter.setPen(QPen(themeOf(this).error, 1));
    painter.drawLine(documentMargin, y, viewport()->width() - documentMargin, y);
}

// Messages never load resources.
QVariant MessageView::loadResource(int, const QUrl &)
{
    return {};
}

} // namespace chat
