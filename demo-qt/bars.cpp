#include "bars.h"

#include "theme.h"

#include <QtCore/QEvent>
#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QPushButton>

namespace chat
{

ElidedLabel::ElidedLabel(QWidget *parent) : QLabel(parent)
{
    setTextFormat(Qt::PlainText);
}

void ElidedLabel::setFullText(const QString &text)
{
    m_text = text;
    setToolTip(text.isEmpty() ? QString() : QStringLiteral("<qt>") + text.toHtmlEscaped());
    setAccessibleName(text);
    updateGeometry();
    fit();
}

QSize ElidedLabel::minimumSizeHint() const
{
    return {0, QLabel::minimumSizeHint().height()};
}

void ElidedLabel::resizeEvent(QResizeEvent *event)
{
    QLabel::resizeEvent(event);
    fit();
}

void ElidedLabel::changeEvent(QEvent *event)
{
    QLabel::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        fit();
}

void ElidedLabel::fit()
{
    setText(fontMetrics().elidedText(m_text, Qt::ElideRight, contentsRect().width()));
}

TopicBar::TopicBar(QWidget *parent)
    : QFrame(parent), m_name(new ElidedLabel(this)), m_topic(new ElidedLabel(this))
{
    auto *column = new QVBoxLayout(this);

    column->setContentsMargins(14, 9, 14, 9);
    column->setSpacing(1);
    column->addWidget(m_name);
    column->addWidget(m_topic);
    QFont large = font();
    large.setPointSizeF(large.pointSizeF() * 1.2);
    large.setWeight(QFont::DemiBold);
    m_name->setFont(large);
    paint();
}

void TopicBar::show(const QString &name, const QString &topic)
{
    m_name->setFullText(name);
    m_topic->setFullText(topic);
}

void TopicBar::changeEvent(QEvent *event)
{
    QFrame::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        paint();
}

void TopicBar::paint()
{
    QPalette palette = m_topic->palette();

    palette.setColor(QPalette::WindowText, themeOf(this).muted);
    m_topic->setPalette(palette);
}

NoticeBar::NoticeBar(QWidget *parent)
    : QFrame(parent), m_text(new QLabel(this)), m_row(new QHBoxLayout(this))
{
    setObjectName(QStringLiteral("notice"));
    m_row->setContentsMargins(14, 7, 8, 7);
    m_row->setSpacing(8);
    m_row->addWidget(m_text, 1);
    m_text->setTextFormat(Qt::PlainText);
    m_text->setWordWrap(true);
    m_text->setMinimumWidth(80);
    setAutoFillBackground(true);
    setVisible(false);
}

void NoticeBar::tell(Tone tone, const QString &text, const QList<Action> &actions)
{
    m_tone = tone;
    m_text->setText(text);
    m_text->setAccessibleName(text);
    // This may run inside the slot of one of the buttons.
    for (QPushButton *button : qAsConst(m_buttons)) {
        button->hide();
        button->deleteLater();
    }
    m_buttons.clear();
    for (const Action &action : actions)
        addButton(action);
    paint();
    setVisible(!text.isEmpty());
}

void NoticeBar::addButton(const Action &action)
{
    auto *button = new QPushButton(action.label, this);

    connect(button, &QPushButton::clicked, this, action.run);
    m_row->addWidget(button);
    m_buttons << button;
}

void NoticeBar::changeEvent(QEvent *event)
{
    QFrame::changeEvent(event);
    // paint() itself changes the palette once; the second time it is unchanged.
    if (event->type() == QEvent::PaletteChange)
        paint();
}

void NoticeBar::paint()
{
    const Theme &theme = themeOf(parentWidget());
    const QColor tones[] = {theme.accent, theme.accent, theme.warning, theme.error};
    QPalette own;

    own.setColor(QPalette::Window, mixed(tones[static_cast<int>(m_tone)], theme.window, 0.16));
    setPalette(own);
}

} // namespace chat
