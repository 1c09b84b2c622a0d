export { type Account, accountOf, createAccount, createLogin, loadAccounts } from './accounts';
export { type Customer, customerOf, type Plan } from './api-keys';
export { openDatabase, type ShopDatabase } from './database';
export { answerFor, type ErrorAnswer, ShopError } from './errors';
export { Html, html } from './html';
export { INDEX_HEADERS, indexPage } from './index-page';
export {
  type BoughtItem,
  MAX_ITEMS,
  MAX_QUANTITY,
  type Order,
  type OrderItem,
  ordersOf,
  parseOrder,
  placeOrder,
} from './orders';
export { overload } from './overload';
export type { SentPicture } from './pictures';
export { loadProducts, PRODUCT_COUNT, type Product, type StockChange, sellOrRestock } from './products';
export { integerOf, type Query, textOf } from './query';
export {
  type CategorySales,
  parseMonths,
  type ReportedProduct,
  reportCost,
  reportSales,
  type SalesReport,
} from './report';
export { type Flavour, loadCatalogue } from './schema';
export {
  PAGE_SIZE,
  parseSearch,
  type SearchQuery,
  type SearchResult,
  type Sort,
  searchProducts,
} from './search';
export { type ServeOptions, serve } from './serve';
export { type SessionOptions, Sessions } from './sessions';
export { Shop } from './shop';
export { type SellOrRestock, StockFeed } from './stock-feed';
export { type Try, tries } from './tries';
export { announcedKiB, MAX_UPLOAD_BYTES, type Receipt, receivedKiB } from './upload';
