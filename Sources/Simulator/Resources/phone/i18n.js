// The page's words. Arabic is checked for direction in code: whoever adds a language adds its direction here.

const words = {
  en: {
    title: 'A customer’s phone', subtitle: 'Simulated WhatsApp. Nothing leaves this computer.',
    stageNote: 'This is a customer’s phone. What you write goes to the restaurant’s number over the same wire format that WhatsApp uses.',
    chooseRestaurant: 'Restaurant', noRestaurants: 'The simulator knows no restaurant yet.', yourName: 'Your name', yourNumber: 'Your number',
    numberHelp: 'Any number with country code; it only has to differ from the restaurant’s.', language: 'Language', openChat: 'Open chat',
    back: 'Back to the restaurants', messages: 'Messages', message: 'Message', send: 'Send', attach: 'Attach', close: 'Close', jump: 'Go to the newest message',
    notice: 'Simulated chat. Messages are kept until the simulator stops.', typing: 'typing…', online: 'online', connecting: 'connecting…',
    offline: 'no connection – trying again', picture: 'Picture from this device', sample: 'Sample picture', location: 'Location', reply: 'Reply',
    react: 'React with {emoji}', actions: 'Reply or react', cancelReply: 'Do not reply to this message', removePicture: 'Remove picture', you: 'You',
    pending: 'on its way', accepted: 'sent', read: 'read', failed: 'Not delivered. Error {code}.', image: 'Picture', video: 'Video', audio: 'Voice message',
    document: 'Document', sticker: 'Sticker', contact: 'Contact', unsupported: 'This message cannot be shown here.', product: 'Product',
    choose: 'Choose', sendLocation: 'Send location', openMap: 'Open map', openLink: 'Open link', flow: 'Forms are not simulated.', today: 'Today', yesterday: 'Yesterday',
    sendFailed: 'The message could not be sent. Try again.', tooBig: 'Pictures may have at most 5 MB.', wrongType: 'Choose a JPEG or PNG picture.',
    badNumber: 'Write 7 to 15 digits with country code.', badName: 'Write a name.', noChoice: 'Choose a restaurant.', ownNumber: 'This is the restaurant’s own number.',
    deleted: 'This message was deleted.', order: 'Order', forward: 'Forwarded', unread: 'New conversation', newSession: 'The simulator was restarted; this is a new chat.',
    here: 'My place', here2: 'Sent from the phone page',
  },
  ar: {
    title: 'هاتف عميل', subtitle: 'محاكاة واتساب. لا يخرج شيء من هذا الجهاز.',
    stageNote: 'هذا هاتف عميل. ما تكتبه يصل إلى رقم المطعم بالصيغة نفسها التي يستخدمها واتساب.',
    chooseRestaurant: 'المطعم', noRestaurants: 'لا يعرف المحاكي أي مطعم بعد.', yourName: 'اسمك', yourNumber: 'رقمك',
    numberHelp: 'أي رقم مع رمز الدولة، على أن يختلف عن رقم المطعم.', language: 'اللغة', openChat: 'افتح المحادثة',
    back: 'العودة إلى المطاعم', messages: 'الرسائل', message: 'رسالة', send: 'إرسال', attach: 'إرفاق', close: 'إغلاق', jump: 'إلى أحدث رسالة',
    notice: 'محادثة تجريبية. تبقى الرسائل حتى يتوقف المحاكي.', typing: 'يكتب…', online: 'متصل', connecting: 'جارٍ الاتصال…',
    offline: 'لا يوجد اتصال – تجري المحاولة مجددًا', picture: 'صورة من هذا الجهاز', sample: 'صورة تجريبية', location: 'الموقع', reply: 'رد',
    react: 'تفاعل بـ {emoji}', actions: 'رد أو تفاعل', cancelReply: 'إلغاء الرد', removePicture: 'إزالة الصورة', you: 'أنت',
    pending: 'قيد الإرسال', accepted: 'أُرسلت', read: 'قُرئت', failed: 'لم تُسلَّم. الخطأ {code}.', image: 'صورة', video: 'فيديو', audio: 'رسالة صوتية',
    document: 'مستند', sticker: 'ملصق', contact: 'جهة اتصال', unsupported: 'لا يمكن عرض هذه الرسالة هنا.', product: 'منتج',
    choose: 'اختر', sendLocation: 'إرسال الموقع', openMap: 'افتح الخريطة', openLink: 'افتح الرابط', flow: 'النماذج غير متاحة في المحاكاة.', today: 'اليوم', yesterday: 'أمس',
    sendFailed: 'تعذّر إرسال الرسالة. حاول مرة أخرى.', tooBig: 'الحد الأقصى للصور 5 ميغابايت.', wrongType: 'اختر صورة JPEG أو PNG.',
    badNumber: 'اكتب من 7 إلى 15 رقمًا مع رمز الدولة.', badName: 'اكتب اسمًا.', noChoice: 'اختر مطعمًا.', ownNumber: 'هذا رقم المطعم نفسه.',
    deleted: 'حُذفت هذه الرسالة.', order: 'طلب', forward: 'معاد توجيهها', unread: 'محادثة جديدة', newSession: 'أُعيد تشغيل المحاكي؛ هذه محادثة جديدة.',
    here: 'موقعي', here2: 'أُرسل من صفحة الهاتف',
  },
  id: {
    title: 'Ponsel pelanggan', subtitle: 'WhatsApp simulasi. Tidak ada yang keluar dari komputer ini.',
    stageNote: 'Ini ponsel seorang pelanggan. Tulisan Anda sampai ke nomor restoran dengan format yang sama seperti WhatsApp.',
    chooseRestaurant: 'Restoran', noRestaurants: 'Simulator belum mengenal restoran.', yourName: 'Nama Anda', yourNumber: 'Nomor Anda',
    numberHelp: 'Nomor apa pun dengan kode negara, asal berbeda dari nomor restoran.', language: 'Bahasa', openChat: 'Buka obrolan',
    back: 'Kembali ke daftar restoran', messages: 'Pesan', message: 'Pesan', send: 'Kirim', attach: 'Lampirkan', close: 'Tutup', jump: 'Ke pesan terbaru',
    notice: 'Obrolan simulasi. Pesan disimpan sampai simulator berhenti.', typing: 'sedang mengetik…', online: 'daring', connecting: 'menghubungkan…',
    offline: 'tidak ada koneksi – mencoba lagi', picture: 'Gambar dari perangkat ini', sample: 'Gambar contoh', location: 'Lokasi', reply: 'Balas',
    react: 'Beri reaksi {emoji}', actions: 'Balas atau beri reaksi', cancelReply: 'Batal membalas', removePicture: 'Hapus gambar', you: 'Anda',
    pending: 'sedang dikirim', accepted: 'terkirim', read: 'dibaca', failed: 'Tidak terkirim. Galat {code}.', image: 'Gambar', video: 'Video', audio: 'Pesan suara',
    document: 'Dokumen', sticker: 'Stiker', contact: 'Kontak', unsupported: 'Pesan ini tidak dapat ditampilkan di sini.', product: 'Produk',
    choose: 'Pilih', sendLocation: 'Kirim lokasi', openMap: 'Buka peta', openLink: 'Buka tautan', flow: 'Formulir tidak disimulasikan.', today: 'Hari ini', yesterday: 'Kemarin',
    sendFailed: 'Pesan tidak dapat dikirim. Coba lagi.', tooBig: 'Ukuran gambar paling besar 5 MB.', wrongType: 'Pilih gambar JPEG atau PNG.',
    badNumber: 'Tulis 7 sampai 15 angka dengan kode negara.', badName: 'Tulis nama.', noChoice: 'Pilih restoran.', ownNumber: 'Ini nomor restoran itu sendiri.',
    deleted: 'Pesan ini dihapus.', order: 'Pesanan', forward: 'Diteruskan', unread: 'Obrolan baru', newSession: 'Simulator dimulai ulang; ini obrolan baru.',
    here: 'Tempat saya', here2: 'Dikirim dari halaman ponsel',
  },
};

let current = 'en';

export const languages = Object.keys(words);

export function language() { return current; }

export function t(key, values = {}) {
  let text = words[current][key] ?? words.en[key] ?? key;
  for (const [name, value] of Object.entries(values)) text = text.replace(`{${name}}`, value);
  return text;
}

/** Sets the language of the whole page, its direction included, and fills every marked element. */
export function useLanguage(code) {
  current = languages.includes(code) ? code : 'en';
  document.documentElement.lang = current;
  document.documentElement.dir = current === 'ar' ? 'rtl' : 'ltr';
  for (const element of document.querySelectorAll('[data-text]')) element.textContent = t(element.dataset.text);
  for (const element of document.querySelectorAll('[data-label]')) {
    element.setAttribute('aria-label', t(element.dataset.label));
    if (element.tagName === 'BUTTON') element.title = t(element.dataset.label);
  }
  for (const element of document.querySelectorAll('[data-placeholder]')) element.placeholder = t(element.dataset.placeholder);
}

const locales = { en: 'en-GB', ar: 'ar-u-ca-gregory', id: 'id' };

export function time(milliseconds) {
  return new Intl.DateTimeFormat(locales[current], { hour: '2-digit', minute: '2-digit' }).format(milliseconds);
}

export function day(milliseconds) {
  const start = (value) => new Date(value).setHours(0, 0, 0, 0);
  const days = Math.round((start(Date.now()) - start(milliseconds)) / 86400000);
  if (days === 0) return t('today');
  if (days === 1) return t('yesterday');
  return new Intl.DateTimeFormat(locales[current], { day: 'numeric', month: 'long', year: 'numeric' }).format(milliseconds);
}
