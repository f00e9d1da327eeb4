import { FileJournals } from '../../server/journal/files.ts';
import { DURABILITIES, type Durability } from '../../server/journal/journal.ts';
import { type DataDirectory, dataDirectory } from '../support/data-directory.ts';
import { describeJournals, type Store } from './journal.ts';

for (const durability of DURABILITIES) {
  describeJournals(`files, safe from the loss of the ${durability}`, () =>
    store(dataDirectory(), durability),
  );
}

async function store(directory: DataDirectory, durability: Durability): Promise<Store> {
  const journals = await FileJournals.open({ data: directory.path, durability });
  return {
    journals,
    restart: async () => {
      await journals.close();
      return store(directory, durability);
    },
    dispose: async () => {
      await journals.close();
      directory.remove();
    },
  };
}
