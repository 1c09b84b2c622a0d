export { type Account, accountOf, createAccount, createLogin, loadAccounts } from './accounts';
export { type Customer, customerOf, type Plan } from './api-keys';
export { answerFor, type ErrorAnswer, ShopError } from './errors';
export { Html, html } from './html';
export { INDEX_HEADERS, indexPage } from './index-page';
export { overload } from './overload';
export { loadProducts, type Product } from './products';
export { integerOf, type Query, textOf } from './query';
export { type CategorySales, parseMonths, reportCost, reportSales, type SalesReport } from './report';
export {
  createSearch,
  PAGE_SIZE,
  parseSearch,
  type SearchQuery,
  type SearchResult,
  type Sort,
} from './search';
export { type ServeOptions, serve } from './serve';
export { type SessionOptions, Sessions } from './sessions';
export { type SentPicture, Shop } from './shop';
export { StockFeed } from './stock-feed';
export { type Try, tries } from './tries';
export { announcedKiB, MAX_UPLOAD_BYTES, type Receipt, receivedKiB } from './upload';
