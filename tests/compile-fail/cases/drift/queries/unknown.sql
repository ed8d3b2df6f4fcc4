FROM 'data/unknown.csv'
