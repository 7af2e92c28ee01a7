export { Model } from './model.ts';
export { toMysql } from './mysql.ts';
export { parseStatement } from './parse.ts';
export { toPostgres } from './postgres.ts';
export { isRowNumber, type Statement } from './statement.ts';
